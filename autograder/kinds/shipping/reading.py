"""What others could read below a folder: its files, and those in zip files among them, within bounds."""

import io
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePath
from typing import IO

from localcloud.azure.packages import BROKEN, PackageError, must_be_short

PACKAGES = ".python_packages"  # are nobody's own
LONGEST = 5_000_000  # bytes of a file that are read
MOST_FILES = 5_000
MOST_BYTES = 100_000_000
DEEPEST = 2  # zip files in zip files


def files_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The ordinary files, those at the top first; a file in a zip file is called by both names."""
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
    yield name, file.read(LONGEST)
    if depth < DEEPEST and zipfile.is_zipfile(file):
        for inner, data in _members(file):
            yield from _one(f"{name}: {inner}", io.BytesIO(data), depth + 1)


def _members(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """What can be unpacked of a zip file."""
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


def _counts(name: PurePath) -> bool:
    return PACKAGES not in name.parts


def _place(name: PurePath) -> tuple[int, PurePath]:
    return len(name.parts), name
