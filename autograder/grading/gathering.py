"""Who handed in what, as one archive for each student: from a folder of zips, tarballs or folders, nbgrader's
`submitted/`, a learning management system's bulk download, or a CSV file of repositories and paths."""

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder import workspace
from autograder.appfolder import LEFT_OUT
from autograder.grading import bulk, listed
from autograder.grading.archive import ENDINGS
from autograder.grading.names import Who, who
from autograder.grading.times import COMMIT
from autograder.grading.unpacking import LIMITS, Limits, packed, shown
from autograder.lab import Lab
from localcloud.messages import _

NOT_HANDED_IN = frozenset({".csv", ".txt", ".md", ".log", ".json", ".html", ".xlsx", ".pdf", ".db"})
STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( [A-Za-z0-9:+/_-]+)?$")
TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class HandedIn:
    """One student's submission as one archive. `problem`: why there is none; `tree`: the folder that it was packed of;
    `lms`: what a learning management system calls the student, such as `moodle:1234`; `timestamp`: when it was handed
    in, as nbgrader's timestamp.txt has it, `known_by` (see `times`), `collected`: when it was taken in; `name`: the
    file, folder or repository that it came from; `state`: what stands for the content where the bytes may differ, such
    as a git tree; `told`: which of several attempts counts, and what its time is worth; `attempts`: all that count,
    where the best of them does."""

    student: str
    data: bytes = b""
    problem: str | None = None
    notes: tuple[str, ...] = ()
    tree: Path | None = None
    timestamp: str | None = None
    lms: str | None = None
    name: str = ""
    state: str | None = None
    known_by: str | None = None
    collected: str | None = None
    told: tuple[str, ...] = ()
    attempts: "tuple[HandedIn, ...]" = ()


Names = Callable[[str, str | None], str]


def as_named(student: str, lms: str | None) -> str:
    """Whose a submission is when nobody knows better: the one whom its name says."""
    return student


@dataclass(frozen=True)
class Git:
    """For repositories: the URL with `{github}` or `{student}` in it, and the time up to which commits count."""

    pattern: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class Waiting:
    """One student's submissions, oldest first: their names, and what reads each of them."""

    student: str
    names: tuple[str, ...]
    reads: tuple[Callable[[], HandedIn], ...]
    lms: str | None = None


def gather(source: Path, lab: Lab, limits: Limits = LIMITS) -> Iterator[HandedIn]:
    """Every student's submission in `source`: a folder, a bulk download's zip, or a CSV file (ListError says where that
    is wrong). Where one handed in twice, the last by name counts."""
    for one in waiting(source, lab, limits):
        last = one.reads[-1]()
        if len(one.reads) > 1:
            note = _("There are {count} submissions; {name} counts.").format(
                count=len(one.reads), name=shown(one.names[-1])
            )
            last = replace(last, notes=(note, *last.notes))
        yield last


def waiting(
    source: Path, lab: Lab, limits: Limits = LIMITS, names: Names = as_named, git: Git = Git()
) -> Iterator[Waiting]:
    """Every student's submissions in `source`, read when asked and before the next student's; `names` says whose they
    are."""
    if source.is_dir():
        yield from _in_folder(source, lab, limits, names)
    elif source.suffix.lower() == ".csv":
        yield from _in_list(source, lab, limits, git)
    elif bulk.is_bulk(source):
        with TemporaryDirectory(prefix="camp-bulk-") as folder:
            bulk.lay_out(source, Path(folder))
            yield from _in_folder(Path(folder), lab, limits, names)
    else:
        person = who(source.name, lab.name)
        yield _on_disk(Who(names(person.student, person.lms), person.lms), [source], lab, limits)


def expected(source: Path, lab: Lab) -> int | None:
    """How many `gather` will find, without reading one; None when that cannot be said."""
    try:
        if source.is_dir():
            return len(_by_person(source, lab, as_named))
        if source.suffix.lower() == ".csv":
            return sum(1 for _row in listed.rows(source, None))
    except (OSError, listed.ListError):
        return None
    return None if bulk.is_bulk(source) else 1


def _by_person(folder: Path, lab: Lab, names: Names) -> dict[str, list[tuple[Who, Path]]]:
    """The submissions by student. Where two people of a learning management system would be one, since they have one
    name, each stays who they are there: nobody can hand in for another."""
    found: dict[str, list[tuple[Who, Path]]] = {}
    for person, path in _named(folder, lab):
        found.setdefault(names(person.student, person.lms), []).append((person, path))
    for student, theirs in list(found.items()):
        if len({person.lms for person, _path in theirs if person.lms}) > 1:
            del found[student]
            for person, path in theirs:
                found.setdefault(person.student, []).append((person, path))
    return found


def _named(folder: Path, lab: Lab) -> Iterator[tuple[Who, Path]]:
    others = set(workspace.labs()) - {lab.name}
    for path in sorted(folder.resolve().iterdir()):
        hidden = path.name.startswith(".") or path.suffix.lower() in NOT_HANDED_IN
        if not hidden and not _is_of_another(path, lab, others):
            yield who(path.name, lab.name), path


def _in_folder(folder: Path, lab: Lab, limits: Limits, names: Names) -> Iterator[Waiting]:
    for student, found in sorted(_by_person(folder, lab, names).items()):
        lms = next((person.lms for person, _path in found if person.lms), None)
        yield _on_disk(Who(student, lms), [path for _person, path in found], lab, limits)


def _on_disk(person: Who, paths: list[Path], lab: Lab, limits: Limits) -> Waiting:
    def read(path: Path) -> HandedIn:
        found = _readable(person.student, path, lab, limits)
        stamp = None if person.lms else found.timestamp  # only nbgrader's own is believed
        return replace(found, lms=person.lms, name=found.name or path.name, timestamp=stamp)

    reads = tuple(partial(read, path) for path in paths)
    return Waiting(person.student, tuple(path.name for path in paths), reads, person.lms)


def _in_list(path: Path, lab: Lab, limits: Limits, git: Git) -> Iterator[Waiting]:
    """The rows of a CSV file in their order; a student's later row is refused, so that nobody is graded at random."""
    seen: set[str] = set()
    for row in listed.rows(path, git.pattern):
        student = who(f"{row.student}.zip", lab.name).student
        if student in seen:
            raise listed.ListError(_("{path} names {student} twice.").format(path=path, student=shown(row.student)))
        seen.add(student)
        if row.is_url:
            yield Waiting(student, (row.source,), (partial(_cloned, student, row, limits, git.until),))
        else:
            yield _on_disk(Who(student), [path.parent / row.source], lab, limits)


def _cloned(student: str, row: listed.Row, limits: Limits, until: str | None) -> HandedIn:
    try:
        found = listed.fetched(row, limits, until)
    except listed.NotFetched as error:
        return HandedIn(student, problem=str(error), name=row.source, state=listed.UNREACHED)
    return HandedIn(student, found.data, name=row.source, timestamp=found.committed, state=found.tree, known_by=COMMIT)


def _readable(student: str, path: Path, lab: Lab, limits: Limits) -> HandedIn:
    try:
        return _one(student, path, lab, limits)
    except OSError as error:
        why = error.strerror or str(error)
        return HandedIn(student, problem=_("{name} cannot be read: {why}.").format(name=shown(path.name), why=why))


def _is_of_another(path: Path, lab: Lab, others: set[str]) -> bool:
    """Whether the name, or the folders in it, say that it is of another lab."""
    if path.is_dir():
        return not (path / lab.name).is_dir() and any((path / other).is_dir() for other in others)
    return any(f"_{other}" in path.name for other in others)


def _one(student: str, path: Path, lab: Lab, limits: Limits) -> HandedIn:
    if not os.path.lexists(path):
        return HandedIn(student, problem=_("There is no {name}.").format(name=shown(path.name)))
    if path.is_symlink() or not (path.is_dir() or path.is_file()):
        return HandedIn(student, problem=_("{name} is a link or a special file.").format(name=shown(path.name)))
    if path.is_file():
        return _zipped(student, path, limits)
    if (path / lab.name).is_dir() and not (path / lab.name).is_symlink():
        return of_folder(student, path / lab.name, lab, limits)
    if archives := sorted(one for one in path.iterdir() if one.name.lower().endswith(ENDINGS)):
        return _one(student, archives[-1], lab, limits)
    return replace(of_folder(student, path, lab, limits), timestamp=None)  # it is the learner's file here


def _zipped(student: str, path: Path, limits: Limits) -> HandedIn:
    if (size := path.stat().st_size) > limits.zip_bytes:
        problem = _("{name} is too big: {size} MB, and {most} MB are enough.").format(
            name=shown(path.name), size=size // 1_000_000, most=limits.zip_bytes // 1_000_000
        )
        return HandedIn(student, problem=problem)
    return HandedIn(student, path.read_bytes(), name=path.name)


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
