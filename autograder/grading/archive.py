"""What is in a zip or a tarball that nobody trusts: its entries, read one by one, in memory and within bounds."""

import bz2
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)
MOST_MEMORY = 1 << 26  # what a compressed file may ask for to be read; xz could ask for gigabytes
HEADERS = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A file of an archive. `read(most)` gives its bytes, at most so many; None when they cannot be read."""

    name: str
    regular: bool
    read: Callable[[int], bytes | None]


class NoArchive(Exception):
    """The bytes are no archive, or a damaged one."""


class TooMuch(Exception):
    """The archive holds more than may be read."""


def entries(data: bytes, most: int) -> Iterator[Entry]:
    """The files of a zip or a tarball, folders left out. A tarball is unpacked up to `most` bytes: TooMuch when there
    are more. NoArchive when it is neither."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        return _of_zip(data)
    return _of_tar(_inflated(data, most + HEADERS))


def _of_zip(data: bytes) -> Iterator[Entry]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGED as error:
        raise NoArchive from error
    for info in archive.infolist():
        if not info.is_dir():
            regular = stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
            yield Entry(info.filename, regular, partial(_from_zip, archive, info))


def _from_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes | None:
    try:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError
        with archive.open(info) as file:
            return file.read(most)
    except DAMAGED:
        return None


def _inflated(data: bytes, most: int) -> bytes:
    """The tar inside of a gzip, bzip2 or xz file; the bytes themselves when they are none."""
    try:
        if data.startswith(b"\x1f\x8b"):
            content = zlib.decompressobj(31).decompress(data, most + 1)
        elif data.startswith(b"BZh"):
            content = bz2.BZ2Decompressor().decompress(data, most + 1)
        elif data.startswith(b"\xfd7zXZ\x00"):
            content = lzma.LZMADecompressor(memlimit=MOST_MEMORY).decompress(data, most + 1)
        else:
            return data
    except DAMAGED as error:
        raise NoArchive from error
    if len(content) > most:
        raise TooMuch
    return content


def _of_tar(data: bytes) -> Iterator[Entry]:
    try:
        archive = tarfile.open(fileobj=io.BytesIO(data), mode="r:")  # noqa: SIM115 - of memory, and its entries are read later
        members = archive.getmembers()
    except DAMAGED as error:
        raise NoArchive from error
    for member in members:
        if not member.isdir():
            plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE)
            yield Entry(member.name, plain, partial(_from_tar, archive, member))


def _from_tar(archive: tarfile.TarFile, member: tarfile.TarInfo, most: int) -> bytes | None:
    try:
        file = archive.extractfile(member)
        return file.read(most) if file else None
    except DAMAGED:
        return None
