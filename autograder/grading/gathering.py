"""Who handed in what: a folder of zips, or of folders, or nbgrader's `submitted/`, as one zip for each student."""

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import workspace
from autograder.appfolder import LEFT_OUT
from autograder.grading.unpacking import LIMITS, Limits, packed, shown
from autograder.lab import Lab
from localcloud.messages import _

NOT_HANDED_IN = frozenset({".csv", ".txt", ".md", ".log", ".json", ".html", ".xlsx", ".pdf", ".db"})
STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( [A-Za-z0-9:+/_-]+)?$")
TIMESTAMP = "timestamp.txt"
LONGEST_NAME = 80
NOT_IN_A_NAME = re.compile(r"[^\w .@+-]")


@dataclass(frozen=True)
class HandedIn:
    """One student's submission as one zip. `problem`: why there is none; `tree`: the folder that it was packed of."""

    student: str
    data: bytes = b""
    problem: str | None = None
    notes: tuple[str, ...] = ()
    tree: Path | None = None
    timestamp: str | None = None


def gather(folder: Path, lab: Lab, limits: Limits = LIMITS) -> Iterator[HandedIn]:
    """Every student's submission in `folder`, by name; where one handed in twice, the last by name counts."""
    found: dict[str, list[Path]] = {}
    others = set(workspace.labs()) - {lab.name}
    for path in sorted(folder.resolve().iterdir()):
        hidden = path.name.startswith(".") or path.suffix.lower() in NOT_HANDED_IN
        if not hidden and not _is_of_another(path, lab, others):
            found.setdefault(student_of(path, lab), []).append(path)
    for student, paths in sorted(found.items()):
        try:
            one = _one(student, paths[-1], lab, limits)
        except OSError as error:
            why = error.strerror or str(error)
            one = HandedIn(
                student, problem=_("{name} cannot be read: {why}.").format(name=shown(paths[-1].name), why=why)
            )
        if len(paths) > 1:
            note = _("There are {count} submissions; {name} counts.").format(
                count=len(paths), name=shown(paths[-1].name)
            )
            one = replace(one, notes=(note, *one.notes))
        yield one


def student_of(path: Path, lab: Lab) -> str:
    """The student's name: the folder's, or the file's up to `_<lab>`. What nbgrader cannot have in a name is `_`, and a
    few characters at the end keep such names apart."""
    stem = path.name if path.is_dir() else path.name.removesuffix(path.suffix)
    name = unicodedata.normalize("NFC", stem.partition(f"_{lab.name}")[0])
    kept = NOT_IN_A_NAME.sub("_", name).strip(" .")[:LONGEST_NAME].strip(" .")
    if kept and kept == name and not kept.startswith("-"):
        return kept
    return f"{kept.lstrip('-') or '_'}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:6]}"


def _is_of_another(path: Path, lab: Lab, others: set[str]) -> bool:
    """Whether the name, or the folders in it, say that it is of another lab."""
    if path.is_dir():
        return not (path / lab.name).is_dir() and any((path / other).is_dir() for other in others)
    return any(f"_{other}" in path.name for other in others)


def _one(student: str, path: Path, lab: Lab, limits: Limits) -> HandedIn:
    if path.is_symlink() or not (path.is_dir() or path.is_file()):
        return HandedIn(student, problem=_("{name} is a link or a special file.").format(name=shown(path.name)))
    if path.is_file():
        return _zipped(student, path, limits)
    if (path / lab.name).is_dir() and not (path / lab.name).is_symlink():
        return of_folder(student, path / lab.name, lab, limits)
    if zips := sorted(path.glob("*.zip")):
        return _one(student, zips[-1], lab, limits)
    return of_folder(student, path, lab, limits)


def _zipped(student: str, path: Path, limits: Limits) -> HandedIn:
    if (size := path.stat().st_size) > limits.zip_bytes:
        problem = _("{name} is too big: {size} MB, and {most} MB are enough.").format(
            name=shown(path.name), size=size // 1_000_000, most=limits.zip_bytes // 1_000_000
        )
        return HandedIn(student, problem=problem)
    return HandedIn(student, path.read_bytes())


def of_folder(student: str, folder: Path, lab: Lab, limits: Limits = LIMITS) -> HandedIn:
    """A folder, packed; what is no ordinary file is left out, and said."""
    files: dict[str, bytes] = {}
    notes: list[str] = []
    left = limits.bytes
    for path in _walk(folder, limits.depth):
        name = path.relative_to(folder).as_posix()
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            notes.append(_("{name} is a link or a special file; it was left out.").format(name=shown(name)))
            continue
        left -= found.st_size
        if left < 0 or len(files) >= limits.files:
            problem = _("The folder holds more than {files} files or {size} MB.").format(
                files=limits.files, size=limits.bytes // 1_000_000
            )
            return HandedIn(student, problem=problem, tree=folder)
        files[f"{lab.name}/{name}"] = path.read_bytes()
    stamp = files.pop(f"{lab.name}/{TIMESTAMP}", b"").decode("ascii", "replace").strip()
    timestamp = stamp if STAMP.match(stamp) else None
    data = packed({name.encode("utf-8", "replace").decode(): content for name, content in files.items()})
    return HandedIn(student, data, notes=tuple(notes[:8]), tree=folder, timestamp=timestamp)


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    """Everything in the folder that is no folder, links not followed."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name in LEFT_OUT:
                continue
            if not entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)
            elif depth > 1:
                yield from _walk(Path(entry.path), depth - 1)
