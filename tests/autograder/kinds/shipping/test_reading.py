"""What others could read of a folder that a run has left or deployed."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from autograder.kinds.shipping import reading
from autograder.kinds.shipping.reading import PACKAGES, files_in

SECRET = b"secret"


def zipped(files: Mapping[str, bytes]) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return found.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return found.getvalue()


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def test_packages_are_nobodys_own_and_count_for_nothing(tmp_path: Path) -> None:
    packages = {f"{PACKAGES}/lib/m{number}.py": b"" for number in range(reading.MOST_FILES + 100)}
    write(tmp_path, {**packages, "credentials.json": SECRET, "a/b.txt": b"b"})
    assert dict(files_in(tmp_path)) == {"credentials.json": SECRET, "a/b.txt": b"b"}


def test_files_at_the_top_come_first_and_there_are_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {**{f"a/{number}": b"x" for number in range(5)}, "z.json": SECRET})
    monkeypatch.setattr(reading, "MOST_FILES", 3)
    assert [name for name, _data in files_in(tmp_path)] == ["z.json", "a/0", "a/1"]
    monkeypatch.setattr(reading, "MOST_BYTES", len(SECRET))
    assert [name for name, _data in files_in(tmp_path)] == ["z.json"]


def test_of_a_long_file_the_beginning_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST", 8)
    write(tmp_path, {"long.log": SECRET + b"." * 100})
    assert dict(files_in(tmp_path)) == {"long.log": SECRET + b".."}


def test_a_zip_file_is_looked_into_whatever_it_is_called(tmp_path: Path) -> None:
    inner = zipped({"deep.txt": SECRET})
    files = {"a/credentials.json": SECRET, "x/app.pkg": inner, f"{PACKAGES}/m.py": b"m"}
    write(tmp_path, {"app/release.bin": zipped(files)})
    found = dict(files_in(tmp_path))
    assert found["app/release.bin: a/credentials.json"] == SECRET
    assert found["app/release.bin: x/app.pkg: deep.txt"] == SECRET
    assert not any(PACKAGES in name for name in found)


def test_a_zip_file_longer_than_what_is_read_of_a_file_is_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LONGEST", 60)
    write(tmp_path, {"app.zip": zipped({"credentials.json": SECRET, "long.txt": b"." * 200})})
    found = dict(files_in(tmp_path))
    assert found["app.zip: credentials.json"] == SECRET
    assert found["app.zip: long.txt"] == b"." * 60


def test_what_cannot_be_unpacked_hides_nothing_else(tmp_path: Path) -> None:
    whole = zipped({"broken.txt": b"0123456789" * 50, "credentials.json": SECRET})
    at = whole.index(b"broken.txt") + len(b"broken.txt")
    broken = whole[:at] + b"\xff\xff\xff" + whole[at + 3 :]
    write(
        tmp_path, {"broken.zip": broken, "cut.zip": whole[:-4], "empty.zip": b"", "end.zip": b"PK\x05\x06" + bytes(18)}
    )
    (tmp_path / "link").symlink_to("/etc/hosts")
    found = dict(files_in(tmp_path))
    assert found["broken.zip: credentials.json"] == SECRET
    assert "broken.zip: broken.txt" not in found
    assert {"broken.zip", "cut.zip", "empty.zip", "end.zip"} <= set(found) and "link" not in found


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_tar_file_is_looked_into_compressed_or_not(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    packed = compress(
        tarred({"a/credentials.json": SECRET, f"{PACKAGES}/m.py": b"m", "app.zip": zipped({"b": SECRET})})
    )
    write(tmp_path, {"artifact.zip": zipped({"app.tgz": packed})})
    found = {name.replace(": unpacked", ""): data for name, data in files_in(tmp_path)}
    assert found["artifact.zip: app.tgz: a/credentials.json"] == SECRET
    assert found["artifact.zip: app.tgz: app.zip: b"] == SECRET
    assert not any(PACKAGES in name for name in found)


def test_a_compressed_file_is_read_as_far_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = bytes(range(256)) * 40
    write(
        tmp_path,
        {"env.gz": gzip.compress(SECRET), "cut.gz": gzip.compress(SECRET + noise)[:-20], "no.gz": b"\x1f\x8b."},
    )
    found = dict(files_in(tmp_path))
    assert found["env.gz: unpacked"] == SECRET
    assert found["cut.gz: unpacked"].startswith(SECRET)
    monkeypatch.setattr(reading, "LONGEST_UNPACKED", 10)
    monkeypatch.setattr(reading, "CHUNK", 10)
    write(tmp_path, {"large.gz": gzip.compress(bytes(1_000_000))})
    assert len(dict(files_in(tmp_path))["large.gz: unpacked"]) <= 20


def test_a_tar_file_that_is_cut_gives_what_comes_before(tmp_path: Path) -> None:
    write(tmp_path, {"cut.tar": tarred({"a.json": SECRET, "b.json": b"b" * 5_000})[:2_000]})
    assert dict(files_in(tmp_path))["cut.tar: a.json"] == SECRET


def test_a_tar_file_with_an_impossible_size_hides_nothing_else(tmp_path: Path) -> None:
    header = bytearray(tarred({f"{PACKAGES}/huge": b""})[:512])  # so that nothing of it is read
    header[124:136] = b"\x80" + b"\x7f" * 11
    header[148:156] = b"%06o\0 " % (256 + sum(header[:148]) + sum(header[156:]))
    broken = tarred({"a.json": SECRET})[:1024] + bytes(header) + bytes(1024)
    write(tmp_path, {"a.tar": broken, "b.zip": zipped({"a.tar": broken}), "c.json": SECRET})
    found = dict(files_in(tmp_path))
    assert found["a.tar: a.json"] == found["b.zip: a.tar: a.json"] == found["c.json"] == SECRET
