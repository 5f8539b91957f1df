"""Folders of caches and artifacts, into which jobs may have written anything."""

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from localcloud.github.runner import ArtifactStore, CacheStore


def test_names_cannot_lead_elsewhere(tmp_path: Path) -> None:
    caches, artifacts = CacheStore(tmp_path / "caches"), ArtifactStore(tmp_path / "artifacts")
    assert caches.of("Camp/bot") == tmp_path / "caches" / "camp+bot"
    for name in ("..", ".", "", "a\nb"):
        with pytest.raises(ValueError):
            caches.of(name)
        with pytest.raises(ValueError):
            artifacts.of(name)
    assert caches.of("../../etc").parent == tmp_path / "caches"


def test_what_a_job_has_left_beside_its_caches_does_no_harm(tmp_path: Path) -> None:
    store = CacheStore(tmp_path)
    place = store.of("camp/bot")
    for name, text in {"a": "[]", "b": "{", "c": json.dumps({"key": "k", "ref": "r"})}.items():
        (place / name).mkdir()
        (place / name / "entry.json").write_text(text)
    (place / "link").symlink_to("/")
    (place / "c" / "link").symlink_to("/etc/passwd")
    assert [one.key for one in store.entries("camp/bot")] == ["k"]
    store.prune("camp/bot", most=0)
    assert store.entries("camp/bot") == [] and Path("/etc/passwd").exists()


def test_links_are_no_files_of_an_artifact(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    place = store.of("7")
    (place / "package").mkdir()
    (place / "package" / "a.txt").write_text("a")
    (place / "package" / "link").symlink_to("/etc/passwd")
    (place / "other").symlink_to("/etc")
    (place / ".new-1").mkdir()
    assert store.names("7") == ["package"]
    store.write_zip("7", "package", packed := BytesIO())
    with ZipFile(packed) as archive:
        assert archive.namelist() == ["a.txt"]
    assert list(store.files("7", "package")) == ["a.txt"]
    assert store.files("7", "other") == {} and store.files("7", "nothing") == {}
