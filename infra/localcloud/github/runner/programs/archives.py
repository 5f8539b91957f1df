"""`zip` and `unzip` for machines that have none: the options that workflows use; others are refused by name."""

import fnmatch
import os
import stat
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WRONG_USE, NOTHING_TO_DO, FAILED, NO_MATCH = 16, 12, 9, 11  # exit codes of zip and unzip


class UsageError(Exception):
    """An option that is not here."""


@dataclass
class Options:
    """What a command line asks for."""

    letters: set[str]
    names: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    included: list[str] = field(default_factory=list)
    folder: str = "."


def zip_main(words: Sequence[str]) -> int:
    """`zip [-r] [-q] [-j] [-y] [-D] [-@] [-0 to -9] archive files... [-x patterns...] [-i patterns...]`."""
    try:
        given = _options(words, "rqjyDo@v0123456789", lists="xi")
    except UsageError as error:
        return _complain("zip", f"{error} is not known to this small zip", WRONG_USE)
    if "@" in given.letters:
        given.names += [line.rstrip("\n") for line in sys.stdin]
    if len(given.names) < 2:
        return _complain("zip", "Nothing to do!", NOTHING_TO_DO)
    archive = given.names[0] if Path(given.names[0]).suffix else f"{given.names[0]}.zip"
    level = next((int(one) for one in given.letters if one.isdigit()), 6)
    files = list(dict.fromkeys(one for name in given.names[1:] for one in _selected(name, given, archive)))
    if not files:
        return _complain("zip", f"Nothing to do! ({archive})", NOTHING_TO_DO)
    kept = _kept(Path(archive), {_inside(one, given) for one in files})
    made = Path(f"{archive}.{os.getpid()}")
    with zipfile.ZipFile(
        made, "w", zipfile.ZIP_DEFLATED if level else zipfile.ZIP_STORED, compresslevel=level
    ) as target:
        for known, content in kept:
            target.writestr(known, content)
        for file in files:
            _add(target, file, _inside(file, given), links="y" in given.letters)
            if "q" not in given.letters:
                print(f"  adding: {_inside(file, given)}")
    made.replace(archive)
    return 0


def unzip_main(words: Sequence[str]) -> int:
    """`unzip [-q] [-o] [-n] [-l] [-p] [-t] [-j] archive [members...] [-x patterns...] [-d folder]`."""
    try:
        given = _options(words, "qonlptj", lists="x", folder="d")
    except UsageError as error:
        return _complain("unzip", f"{error} is not known to this small unzip", 10)
    if not given.names:
        return _complain("unzip", "usage: unzip [-qonlptj] archive [members] [-x patterns] [-d folder]", 10)
    archive = next((one for one in (given.names[0], f"{given.names[0]}.zip") if Path(one).is_file()), None)
    if archive is None:
        return _complain("unzip", f"cannot find or open {given.names[0]}.", FAILED)
    try:
        with zipfile.ZipFile(archive) as source:
            return _unpack(source, given)
    except zipfile.BadZipFile as error:
        return _complain("unzip", f"{archive}: {error}", FAILED)


def _options(words: Sequence[str], letters: str, *, lists: str, folder: str = "") -> Options:
    found, rest = Options(set()), list(words)
    into = found.names
    while rest:
        word = rest.pop(0)
        if word == "--":
            into.extend(rest)
            break
        if not word.startswith("-") or word == "-":
            into.append(word)
            continue
        for number, letter in enumerate(word[1:], 1):
            if letter in lists:  # patterns follow, in the same word or in the next ones
                into = found.excluded if letter == "x" else found.included
                into += [word[number + 1 :]] if word[number + 1 :] else []
                break
            if letter == folder:
                found.folder = word[number + 1 :] or (rest.pop(0) if rest else ".")
                break
            if letter not in letters:
                raise UsageError(f"-{letter}")
            found.letters.add(letter)
    return found


def _selected(name: str, given: Options, archive: str) -> Iterator[str]:
    """The files and folders that a name stands for, as they are called on the command line."""
    if not os.path.lexists(name):
        _complain("zip", f"warning: name not matched: {name}", 0)
        return
    listed = [name]
    if Path(name).is_dir() and "r" in given.letters:
        listed += (
            os.path.join(top, one)
            for top, folders, files in os.walk(name, followlinks="y" not in given.letters)
            for one in sorted([*folders, *files])
        )
    for one in map(os.path.normpath, listed):
        shown = f"{one}/" if Path(one).is_dir() else one
        wanted = not given.included or any(fnmatch.fnmatch(shown, pattern) for pattern in given.included)
        unwanted = any(
            fnmatch.fnmatch(shown, os.path.normpath(pattern) if pattern[:2] == "./" else pattern)
            for pattern in given.excluded
        )
        is_folder = Path(one).is_dir() and not ("y" in given.letters and Path(one).is_symlink())
        if one == "." or one == os.path.normpath(archive) or not wanted or unwanted:
            continue
        if not is_folder or not given.letters & {"j", "D"}:
            yield one


def _inside(file: str, given: Options) -> str:
    plain = Path(file).name if "j" in given.letters else file.lstrip("/")
    is_folder = Path(file).is_dir() and not ("y" in given.letters and Path(file).is_symlink())
    return plain + "/" if is_folder else plain


def _kept(archive: Path, replaced: set[str]) -> list[tuple[zipfile.ZipInfo, bytes]]:
    """What an archive has already and is not replaced."""
    if not archive.is_file():
        return []
    with zipfile.ZipFile(archive) as known:
        return [(one, known.read(one)) for one in known.infolist() if one.filename not in replaced]


def _add(target: zipfile.ZipFile, file: str, inside: str, *, links: bool) -> None:
    if links and Path(file).is_symlink():
        entry = zipfile.ZipInfo(inside, time.localtime(os.lstat(file).st_mtime)[:6])
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        target.writestr(entry, os.readlink(file))
    else:
        target.write(file, inside)


def _unpack(source: zipfile.ZipFile, given: Options) -> int:
    members = [one for one in source.infolist() if _is_wanted(one.filename, given)]
    if not members:
        return _complain("unzip", "caution: filename not matched", NO_MATCH)
    if "t" in given.letters:
        bad = source.testzip()
        print(f"bad CRC in {bad}" if bad else f"No errors detected in compressed data of {source.filename}.")
        return FAILED if bad else 0
    for one in members:
        if "l" in given.letters:
            print(f"{one.file_size:9}  {one.filename}")
        elif "p" in given.letters:
            sys.stdout.buffer.write(source.read(one))
        else:
            _extract(source, one, given)
    return 0


def _is_wanted(name: str, given: Options) -> bool:
    patterns = given.names[1:]
    wanted = not patterns or any(fnmatch.fnmatchcase(name, one) for one in patterns)
    return wanted and not any(fnmatch.fnmatchcase(name, one) for one in given.excluded)


def _extract(source: zipfile.ZipFile, one: zipfile.ZipInfo, given: Options) -> None:
    """One member; a name that leads out of the folder is led back into it."""
    parts = [part for part in one.filename.split("/") if part not in ("", ".", "..")]
    target = Path(given.folder, parts[-1]) if "j" in given.letters else Path(given.folder, *parts)
    if one.is_dir():
        if "j" not in given.letters:
            target.mkdir(parents=True, exist_ok=True)
        return
    if target.exists() and "o" not in given.letters:
        return  # nobody is there to be asked; with -n neither
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read(one))
    if mode := (one.external_attr >> 16) & 0o777:
        target.chmod(mode)
    if "q" not in given.letters:
        print(f"  inflating: {target}")


def _complain(program: str, text: str, code: int) -> int:
    print(f"{program}: {text}", file=sys.stderr)
    return code
