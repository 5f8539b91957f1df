"""`zip` and `unzip` of the runner, beside the machine's own where it has them."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

RUNNER = Path(__file__).parents[4] / "infra" / "localcloud" / "github" / "runner"
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from programs import archives; "


def run(folder: Path, program: str, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"{START}sys.exit(archives.{program}_main(sys.argv[1:]))", str(RUNNER), *words],
        cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "an äpp"
    for name in ("host.json", "pkg/a.py", "tests/test_a.py", ".git/config", "pkg/__pycache__/a.pyc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    return folder


def names(archive: Path) -> list[str]:
    return sorted(name for name in zipfile.ZipFile(archive).namelist() if not name.endswith("/"))


def test_zip_takes_a_folder_without_what_is_excluded(app: Path) -> None:
    run(app, "zip", "-qr", "../app.zip", ".", "-x", ".git/*", "tests/*", "*.pyc")
    assert names(app.parent / "app.zip") == ["host.json", "pkg/a.py", "run.sh"]


def test_zip_adds_to_an_archive_and_replaces_in_it(app: Path) -> None:
    run(app, "zip", "-q", "app.zip", "host.json", "run.sh")
    (app / "host.json").write_text("new")
    run(app, "zip", "-q", "app.zip", "host.json", "pkg/a.py")
    assert names(app / "app.zip") == ["host.json", "pkg/a.py", "run.sh"]
    assert zipfile.ZipFile(app / "app.zip").read("host.json") == b"new"


def test_unzip_gives_back_files_and_what_may_run(app: Path) -> None:
    run(app, "zip", "-qr", "../app.zip", ".")
    run(app, "unzip", "-q", "../app.zip", "-d", "../there")
    there = app.parent / "there"
    assert (there / "pkg" / "a.py").read_text() == "pkg/a.py"
    assert os.access(there / "run.sh", os.X_OK)


def test_unzip_stays_in_its_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("../../outside.txt", "x")
    run(tmp_path, "unzip", "-q", "bad.zip", "-d", "in/there")
    assert (tmp_path / "in" / "there" / "outside.txt").exists()


def test_options_that_are_not_there_are_refused_by_name(app: Path) -> None:
    assert "-e is not known" in run(app, "zip", "-e", "app.zip", "host.json", code=16)
    assert "-K is not known" in run(app, "unzip", "-K", "app.zip", code=10)


def test_nothing_to_do_is_an_error(app: Path) -> None:
    assert "name not matched: nowhere" in run(app, "zip", "app.zip", "nowhere", code=12)
    assert "cannot find or open none.zip" in run(app, "unzip", "none.zip", code=9)
