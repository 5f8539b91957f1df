"""Packages: the zip files that are deployed. Unpacking is bounded and takes ordinary files alone."""

import io
import os
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from localcloud.github.runner.programs.funcignore import Ignored
from localcloud.messages import _

MOST_PACKED = 100_000_000  # bytes of a zip file
MOST_UNPACKED = 250_000_000
MOST_FILES = 20_000
LONGEST_NAME = 240  # in bytes
CHUNK = 1 << 20
ENCRYPTED = 0x1
MOST_DIRECTORY = 8_000_000  # bytes of the list at a zip file's end
END, END_BYTES, LONGEST_END = b"PK\x05\x06", 22, 65_557  # the record that ends a zip file, with a comment
LOCATOR, LOCATOR_BYTES = b"PK\x06\x07", 20  # stands before it in files of the form zip64: larger than one may be here
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, ValueError, RuntimeError)

NOT_PACKED = frozenset(
    {".git", ".github", ".venv", "venv", "__pycache__", ".camp", "node_modules", ".ipynb_checkpoints", ".vscode"}
    | {".pytest_cache", ".mypy_cache", ".ruff_cache", "local.settings.json", ".DS_Store"}
)
IGNORE_FILE = ".funcignore"


class PackageError(Exception):
    """A package cannot be deployed; the text says why, and what to do."""


def unpack(package: Path, folder: Path) -> list[str]:
    """Unpacks a zip file into a new folder and returns the names of its files; PackageError."""
    try:
        with open(package, "rb") as file:
            must_be_short(file)
            with zipfile.ZipFile(file) as archive:
                return _unpack(archive, folder)
    except OSError as error:
        raise PackageError(_("The package cannot be unpacked: {why}.").format(why=error.strerror or error)) from error
    except BROKEN as error:
        words = _("The package is not a zip file that can be read: {why}. Make it again, such as by zip -r app.zip .")
        raise PackageError(words.format(why=error)) from error


def _unpack(archive: zipfile.ZipFile, folder: Path) -> list[str]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise PackageError(_("The package holds more than {most} files.").format(most=MOST_FILES))
    names = [_name_of(entry) for entry in entries]
    [(name, times)] = Counter(names).most_common(1) or [("", 0)]
    if times > 1:
        raise PackageError(_("The package holds {name} twice.").format(name=name))
    left = MOST_UNPACKED
    folder.mkdir(parents=True)
    for entry, name in zip(entries, names, strict=True):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, open(target, "xb") as file:
            left = _copy(source, file, left)
    return names


def must_be_short(package: IO[bytes]) -> None:
    """Refuses a zip file with a directory so long that reading it alone would fill the memory; PackageError."""
    size = package.seek(0, os.SEEK_END)
    package.seek(max(0, size - LONGEST_END))
    tail = package.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) < at + END_BYTES:
        return  # no zip file, which whoever opens it will say
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    if directory > MOST_DIRECTORY or LOCATOR in tail[max(0, at - LOCATOR_BYTES) : at]:
        raise PackageError(_("The package holds more than {most} files.").format(most=MOST_FILES))


def _copy(source: IO[bytes], target: IO[bytes], left: int) -> int:
    """Copies what was really packed, not what the zip's directory says of it; returns how much more there may be."""
    while data := source.read(CHUNK):
        left -= len(data)
        if left < 0:
            raise PackageError(
                _("Unpacked, the package has more than {most} MB. Leave out what the app does not need.").format(
                    most=MOST_UNPACKED // 1_000_000
                )
            )
        target.write(data)
    return left


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The entry's path, if it is one of an ordinary file inside the app's folder."""
    name = entry.orig_filename
    path = PurePosixPath(name)
    if "\\" in name or ":" in name or "\0" in name or path.is_absolute() or ".." in path.parts or not path.parts:
        raise PackageError(
            _("The package names the file {name}, which would lie outside the app's folder.").format(name=repr(name))
        )
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        raise PackageError(_("The package holds a path that is too long: {name}.").format(name=repr(name[:60])))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise PackageError(
            _("{name} in the package is a link or a special file. Put the file itself in its place.").format(
                name=repr(name)
            )
        )
    if entry.flag_bits & ENCRYPTED:
        raise PackageError(_("{name} in the package is encrypted. Pack it without a password.").format(name=repr(name)))
    return str(path)


def place_of_host_json(names: list[str]) -> str | None:
    """The folder in the package that holds the app, if it is not the package's root."""
    if "host.json" in names:
        return None
    return next((name.removesuffix("host.json") for name in sorted(names) if name.endswith("/host.json")), None)


def pack(folder: Path) -> bytes:
    """A package of an app's folder, without what `.funcignore` names and what never belongs into one; PackageError."""
    target = io.BytesIO()
    ignored = _ignored(folder)
    size = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(_files(folder)):
            name = path.relative_to(folder).as_posix()
            if name not in ignored:
                size += path.stat().st_size
                if size > MOST_UNPACKED:
                    words = _("{folder} holds more than {most} MB. Name in .funcignore what the app does not need.")
                    raise PackageError(words.format(folder=folder, most=MOST_UNPACKED // 1_000_000))
                entry = zipfile.ZipInfo(name)
                entry.external_attr, entry.compress_type = (stat.S_IFREG | 0o644) << 16, zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    return target.getvalue()


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in NOT_PACKED or path.suffix in (".ipynb", ".pyc") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _ignored(folder: Path) -> Ignored:
    try:
        return Ignored((folder / IGNORE_FILE).read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, UnicodeDecodeError):
        return Ignored("")
