"""Who handed in what, as one archive for each student: from a folder of zips, tarballs or folders, nbgrader's
`submitted/`, a learning management system's bulk download, or a CSV file of repositories and paths."""

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from autograder import passing
from autograder.grading import archive, bulk, listed
from autograder.grading.archive import ENDINGS, Entry
from autograder.grading.candidates import Candidates
from autograder.grading.names import Who, who
from autograder.grading.times import COMMIT
from autograder.grading.unpacking import LIMITS, Contents, Limits, Refused, packed, taken
from autograder.intake import ENVIRONMENT, MOST_RAW, Bound, Over, folded, is_notebook, read_notebook, shown
from autograder.lab import Lab, lab_names
from localcloud.messages import _

NOT_HANDED_IN = frozenset({".csv", ".txt", ".md", ".log", ".json", ".html", ".xlsx", ".pdf", ".db"})
STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( [A-Za-z0-9:+/_-]+)?$")
TIMESTAMP, LONGEST_STAMP = "timestamp.txt", 100


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
        with passing.folder("camp-bulk-") as folder:
            inside = folder / "files"
            inside.mkdir()
            bulk.lay_out(source, inside)
            yield from _in_folder(inside, lab, limits, names)
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
    others = set(lab_names()) - {lab.name}
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
            yield Waiting(student, (row.source,), (partial(_cloned, student, row, lab, limits, git.until),))
        else:
            yield _on_disk(Who(student), [path.parent / row.source], lab, limits)


def _cloned(student: str, row: listed.Row, lab: Lab, limits: Limits, until: str | None) -> HandedIn:
    try:
        found = listed.fetched(row, until, lambda zipped: _zipped(student, zipped, lab, limits))
    except listed.NotFetched as error:
        return HandedIn(student, problem=str(error), name=row.source, state=listed.UNREACHED)
    return replace(found.kept, name=row.source, timestamp=found.committed, state=found.tree, known_by=COMMIT)


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
        return _zipped(student, path, lab, limits)
    if (path / lab.name).is_dir() and not (path / lab.name).is_symlink():
        return of_folder(student, path / lab.name, lab, limits)
    archives = [one for one in sorted(path.iterdir()) if one.name.lower().endswith(ENDINGS)]
    if archives and not _holds_app(path, lab, limits):
        return _one_of(student, archives, lab, limits)
    return replace(of_folder(student, path, lab, limits), timestamp=None)  # it is the learner's file here


def _holds_app(folder: Path, lab: Lab, limits: Limits) -> bool:
    candidates = Candidates(lab)
    names = (path.relative_to(folder).as_posix() for path in _walk(folder, limits, limits.depth))
    return any(candidates.compared(name) and not candidates.of_another(name) for name in names)


def _one_of(student: str, archives: list[Path], lab: Lab, limits: Limits) -> HandedIn:
    """The last archive by name: of those that have the lab's name, else of those that have no other lab's."""
    others = set(lab_names()) - {lab.name}
    own = [one for one in archives if lab.name in one.name]
    neutral = [one for one in archives if not any(other in one.name for other in others)]
    chosen = (own or neutral or archives)[-1]
    found = _one(student, chosen, lab, limits)
    if len(archives) == 1:
        return found
    words = _("There are {count} archives in one folder; {name} counts.")
    return replace(found, notes=(words.format(count=len(archives), name=shown(chosen.name)), *found.notes))


def _zipped(student: str, path: Path, lab: Lab, limits: Limits) -> HandedIn:
    """An archive as it is; of one that is too big for that, what counts."""
    size = path.stat().st_size
    if size <= limits.zip_bytes:
        return HandedIn(student, path.read_bytes(), name=path.name)
    facts = {"name": shown(path.name), "size": size // 1_000_000, "most": limits.archive_bytes // 1_000_000}
    if size > limits.archive_bytes:
        problem = _("{name} is too big: {size} MB, and {most} MB are enough.").format(**facts)
        return HandedIn(student, problem=problem)
    try:
        contents = taken(partial(archive.entries, path, limits.unpacked), lab, limits)
    except Refused as refused:
        return HandedIn(student, problem=str(refused), name=path.name)
    note = _("{name} has {size} MB; only what counts of it was kept.").format(**facts)
    return _of_contents(HandedIn(student, notes=(note,), name=path.name), contents, lab)


def _of_contents(handed_in: HandedIn, contents: Contents, lab: Lab) -> HandedIn:
    """The app and the notebooks as one archive; why a part of it is missing is a note."""
    found = {**contents.notebooks, **contents.app}
    outside = "../"  # a notebook that is not in the app's folder
    files = {
        name.removeprefix(outside) if name.startswith(outside) else f"{lab.name}/{name}": text
        for name, text in found.items()
    }
    problem = [contents.problem] if contents.problem else []
    return replace(handed_in, data=packed(files), notes=(*handed_in.notes, *problem, *contents.notes))


def of_folder(student: str, folder: Path, lab: Lab, limits: Limits = LIMITS) -> HandedIn:
    """A folder, packed: all of it, or what counts where that is too much. What is no ordinary file is left out, and
    said."""
    paths = {path.relative_to(folder).as_posix(): path for path in _walk(folder, limits, limits.depth)}
    stamp = _stamp(paths.pop(TIMESTAMP, None))
    notes = [name for name, path in paths.items() if not stat.S_ISREG(path.lstat().st_mode)]
    for name in notes:
        del paths[name]
    words = _("{name} is a link or a special file; it was left out.")
    found = HandedIn(student, notes=tuple(words.format(name=shown(name)) for name in notes[:8]), tree=folder)
    found = replace(found, timestamp=stamp if STAMP.match(stamp) else None)
    inside = folder.name != lab.name and any(folded(lab.name) in map(folded, name.split("/")[:-1]) for name in paths)
    start = "" if inside else f"{lab.name}/"
    files = {(start + name).encode("utf-8", "replace").decode(): path for name, path in paths.items()}
    try:
        return replace(found, data=packed(_whole(files, limits)))
    except Over:
        return _of_contents(found, taken(lambda: _entries(files), lab, limits), lab)


def _stamp(path: Path | None) -> str:
    if path is None or not stat.S_ISREG(path.lstat().st_mode):
        return ""
    with path.open("rb") as file:
        return file.read(LONGEST_STAMP).decode("ascii", "replace").strip()


def _whole(files: dict[str, Path], limits: Limits) -> dict[str, bytes]:
    """All files with their texts; Over when they are more than one app and its notebooks may hold."""
    bound = Bound(limits)
    texts: dict[str, bytes] = {}
    if sum(map(is_notebook, files)) > limits.notebooks:
        raise Over
    for name, path in files.items():
        if is_notebook(name):
            texts[name] = read_notebook(name, _read(path, MOST_RAW + 1), limits)
        else:
            bound.add(name, path.lstat().st_size)
            texts[name] = path.read_bytes()
    return texts


def _entries(files: dict[str, Path]) -> Iterator[Entry]:
    for name, path in files.items():
        yield Entry(name, True, path.lstat().st_size, partial(_read, path))


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _walk(folder: Path, limits: Limits, depth: int) -> Iterator[Path]:
    """Everything in the folder that counts and is no folder, links not followed."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if limits.leaves_out(entry.name):
                continue
            path = Path(entry.path)
            if not entry.is_dir(follow_symlinks=False):
                yield path
            elif depth > 1 and not (path / ENVIRONMENT).is_file():
                yield from _walk(path, limits, depth - 1)
