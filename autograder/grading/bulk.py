"""A learning management system's bulk download: one zip with everybody's files, laid out in a folder to be gathered."""

import shutil
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from autograder.grading.archive import DAMAGED, ENDINGS
from autograder.grading.unpacking import Refused
from autograder.intake import shown
from localcloud.messages import _

MOST_BYTES = 8_000_000_000
MOST_FILES = 200_000
CHUNK = 1 << 20


def is_bulk(path: Path) -> bool:
    """Whether a zip holds archives, so that it is many submissions and not one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(info.filename.lower().endswith(ENDINGS) for info in archive.infolist())
    except DAMAGED:
        return False


def lay_out(path: Path, folder: Path) -> None:
    """Writes the zip's ordinary files into an empty folder, none outside of it. Refused when it is damaged or holds too
    much."""
    try:
        with zipfile.ZipFile(path) as archive:
            left = MOST_BYTES
            for info, name in _files(archive, path):
                place = folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as source, place.open("xb") as target:
                    shutil.copyfileobj(cast(IO[bytes], _Bounded(source, left)), target, CHUNK)
                    left -= target.tell()
    except (*DAMAGED, FileExistsError) as error:
        raise Refused(_("{name} is damaged: {why}").format(name=shown(path.name), why=error)) from error


def _files(archive: zipfile.ZipFile, path: Path) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_BYTES:
        raise Refused(_("{name} holds too much.").format(name=shown(path.name)))
    for info in infos:
        name = unicodedata.normalize("NFC", info.filename.replace("\\", "/"))
        parts = PurePosixPath(name).parts
        outside = name.startswith("/") or ".." in parts or any(part != part.strip("\0") for part in parts)
        special = (info.external_attr >> 16) & 0o170000 not in (0, 0o100000)
        if parts and not outside and not special and all(len(part.encode("utf-8", "replace")) < 255 for part in parts):
            yield info, name


class _Bounded:
    """A file of which no more than `most` bytes may be read: sizes in a zip may lie."""

    def __init__(self, file: Any, most: int) -> None:
        self._file = file
        self._left = most

    def read(self, size: int) -> bytes:
        data: bytes = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise zipfile.BadZipFile("it holds more than it says")
        return data
