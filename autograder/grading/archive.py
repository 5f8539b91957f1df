"""What is in a zip or a tarball that nobody trusts: its entries, read one by one, in memory and within bounds."""

import bz2
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)
MOST_MEMORY = 1 << 26  # what a compressed file may ask for to be read; xz could ask for gigabytes
DIRECTORY = 1 << 24  # a zip's list of its entries
HEADERS = 1 << 20  # what a tarball may say before each entry
CHUNK = 1 << 16


@dataclass(frozen=True)
class Entry:
    """A file of an archive."""

    name: str
    regular: bool  # no link and no device
    size: int  # as the archive says, which need not be so
    read: Callable[[int], bytes | None]  # at most so many bytes; None when they cannot be read


class NoArchive(Exception):
    """The bytes are no archive, or a damaged one."""


class TooMuch(Exception):
    """The archive holds more than may be read."""


def entries(source: bytes | Path, most: int) -> Iterator[Entry]:
    """The files of a zip or a tarball, folders left out; each has to be read before the next one is asked for. A
    tarball is unpacked up to `most` bytes: TooMuch when there are more. NoArchive when it is neither."""
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(source.open("rb")) if isinstance(source, Path) else io.BytesIO(source)
        zipped = zipfile.is_zipfile(file)
        file.seek(0)
        yield from _of_zip(file) if zipped else _of_tar(_unpacked(file, most))


def _of_zip(file: IO[bytes]) -> Iterator[Entry]:
    bounded = _Bounded(file, DIRECTORY)
    try:
        archive = zipfile.ZipFile(cast(IO[bytes], bounded))
    except DAMAGED as error:
        raise NoArchive from error
    bounded.most = None
    for info in archive.infolist():
        if not info.is_dir():
            regular = stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
            yield Entry(info.filename, regular, info.file_size, partial(_from_zip, archive, info))


def _from_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes | None:
    try:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError
        with archive.open(info) as file:
            return file.read(most)
    except DAMAGED:
        return None


class _Bounded:
    """A file of which nobody gets more than so many bytes at once, as a zip that lies about its directory asks for."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.most: int | None = most
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if self.most is None:
            return self._file.read(size)
        data = self._file.read(min(size, self.most + 1) if size >= 0 else self.most + 1)
        if len(data) > self.most:
            raise OSError("more than is allowed")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _unpacked(file: IO[bytes], most: int) -> "_Forward":
    """The tar inside of a gzip, bzip2 or xz file; the file itself when it is none."""
    start = file.read(6)
    file.seek(0)
    if start.startswith(b"\x1f\x8b"):
        chunks = _inflated(file)
    elif start.startswith(b"BZh"):
        chunks = _decompressed(file, bz2.BZ2Decompressor())
    elif start == b"\xfd7zXZ\x00":
        chunks = _decompressed(file, lzma.LZMADecompressor(memlimit=MOST_MEMORY))
    else:
        chunks = iter(partial(file.read, CHUNK), b"")
    return _Forward(chunks, most)


def _inflated(file: IO[bytes]) -> Iterator[bytes]:
    inflating = zlib.decompressobj(31)
    while not inflating.eof and (data := inflating.unconsumed_tail or file.read(CHUNK)):
        yield inflating.decompress(data, CHUNK)
    yield inflating.flush()


def _decompressed(file: IO[bytes], decompressor: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> Iterator[bytes]:
    while not decompressor.eof:
        data = file.read(CHUNK) if decompressor.needs_input else b""
        if decompressor.needs_input and not data:
            return
        yield decompressor.decompress(data, CHUNK)


class _Forward:
    """A file of which there is only what comes next: `most` bytes in all, and `allowed` until that is set again."""

    def __init__(self, chunks: Iterator[bytes], most: int) -> None:
        self.allowed = HEADERS
        self._chunks = chunks
        self._most = most
        self._chunk = b""
        self._used = 0  # of the chunk
        self._place = 0

    def tell(self) -> int:
        return self._place

    def seek(self, place: int) -> None:
        while self._place < place and self._take(place - self._place):
            pass

    def read(self, size: int) -> bytes:
        self.allowed -= size
        if size < 0 or self.allowed < 0:
            raise OSError("more than is allowed")
        parts = []
        while size > 0 and (part := self._take(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _take(self, most: int) -> bytes:
        """The next bytes, as many as are ready; none at the end."""
        while self._used == len(self._chunk):
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._chunk, self._used = chunk, 0
        part = self._chunk[self._used : self._used + most]
        self._used += len(part)
        self._place += len(part)
        if self._place > self._most:
            raise TooMuch
        return part


def _of_tar(file: _Forward) -> Iterator[Entry]:
    try:
        archive = tarfile.open(fileobj=cast(IO[bytes], file), mode="r:")  # noqa: SIM115 - of a file that is closed elsewhere
        while True:
            file.allowed = HEADERS
            member = archive.next()
            if member is None:
                return
            vars(archive)["members"].clear()  # it would keep all of them
            if not member.isdir():
                plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE)
                yield Entry(member.name, plain, member.size, partial(_from_tar, archive, file, member))
    except DAMAGED as error:
        raise NoArchive from error


def _from_tar(archive: tarfile.TarFile, file: _Forward, member: tarfile.TarInfo, most: int) -> bytes | None:
    file.allowed = most + HEADERS
    try:
        content = archive.extractfile(member)
        return content.read(most) if content else None
    except DAMAGED:
        return None
