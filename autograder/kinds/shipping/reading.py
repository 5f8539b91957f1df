"""What others could read below a folder: its files, and those in zip, tar and compressed files among them, within
bounds."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path, PurePath
from typing import IO

from localcloud.azure.packages import BROKEN, PackageError, must_be_short
from localcloud.messages import _

PACKAGES = ".python_packages"  # are nobody's own
LONGEST = 5_000_000  # bytes of a file that are read
MOST_FILES = 5_000
MOST_BYTES = 100_000_000
LONGEST_UNPACKED = 50_000_000  # bytes of what a compressed file holds
DEEPEST = 4  # archives in archives: an artifact that holds a .tar.gz of packages has three
CHUNK = 1_000_000
BROKEN_TAR = (tarfile.TarError, OverflowError, ValueError)  # the latter two for sizes that no computer has
COMPRESSED: dict[bytes, Callable[[IO[bytes]], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ": lzma.LZMAFile,
}


def files_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The ordinary files, those at the top first; a file in an archive is called by both names."""
    left = MOST_BYTES
    for name, data in islice(_below(folder), MOST_FILES):
        left -= len(data)
        if left < 0:
            return
        yield name, data


def _below(folder: Path) -> Iterator[tuple[str, bytes]]:
    names = (path.relative_to(folder) for path in folder.rglob("*"))
    for name in sorted(filter(_counts, names), key=_place):
        path = folder / name
        if not path.is_symlink() and path.is_file():
            with open(path, "rb") as file:
                yield from _one(name.as_posix(), file)


def _one(name: str, file: IO[bytes], depth: int = 0) -> Iterator[tuple[str, bytes]]:
    start = file.read(LONGEST)
    yield name, start
    if depth < DEEPEST:
        for inner, data in _members(file, start[:8]):
            yield from _one(f"{name}: {inner}", io.BytesIO(data), depth + 1)


def _members(file: IO[bytes], start: bytes) -> Iterator[tuple[str, bytes]]:
    """What can be unpacked of an archive; nothing of another file. One file can be a tar and a zip file at once."""
    file.seek(0)
    if opened := next((opened for magic, opened in COMPRESSED.items() if start.startswith(magic)), None):
        yield from _decompressed(opened(file))
    yield from _of_tar(file)
    if zipfile.is_zipfile(file):
        yield from _of_zip(file)


def _decompressed(file: io.BufferedIOBase) -> Iterator[tuple[str, bytes]]:
    """What comes before a damaged place counts."""
    found = io.BytesIO()
    with suppress(OSError, EOFError, zlib.error, lzma.LZMAError):
        while found.tell() < LONGEST_UNPACKED and (data := file.read1(CHUNK)):
            found.write(data)
    yield _("unpacked"), found.getvalue()


def _of_zip(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    try:
        must_be_short(file)
        archive = zipfile.ZipFile(file)
    except (PackageError, *BROKEN):
        return
    with archive:
        for entry in sorted(archive.infolist(), key=lambda one: _place(PurePath(one.filename))):
            if not entry.is_dir() and _counts(PurePath(entry.filename)):
                try:
                    with archive.open(entry) as member:
                        data = member.read(LONGEST)
                except BROKEN:
                    continue
                yield entry.filename, data


def _of_tar(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    file.seek(0)
    with suppress(*BROKEN_TAR), tarfile.open(fileobj=file, mode="r:") as archive:
        for entry in islice(archive, MOST_FILES):
            member = archive.extractfile(entry) if entry.isreg() and _counts(PurePath(entry.name)) else None
            if member:
                yield entry.name, member.read(LONGEST)


def _counts(name: PurePath) -> bool:
    return PACKAGES not in name.parts


def _place(name: PurePath) -> tuple[int, PurePath]:
    return len(name.parts), name
