"""A submission: `work/<lab>/` in a zip, beside a manifest. The same files give the same bytes."""

import hashlib
import json
import os
import time
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder import project
from autograder.answers.sources import source_cells
from autograder.appfolder import AppProblem, TooMuch, app_files
from autograder.grading.reflection import best_first
from autograder.intake import (
    MOST_RAW,
    NOTEBOOK,
    USUAL,
    Over,
    Policy,
    clash_in,
    folded,
    is_notebook,
    read_notebook,
    shown,
)
from autograder.kinds import kind, packed_of
from autograder.lab import Lab
from localcloud.messages import _

MANIFEST = "manifest.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o644 << 16


@dataclass(frozen=True)
class Submission:
    """A zip that was written."""

    path: Path
    size: int
    files: dict[str, int]  # paths in the zip and sizes, the manifest left out
    notes: tuple[str, ...] = ()  # what the learner should know about it


@dataclass(frozen=True)
class Contents:
    """What is handed in, by its path in the zip, and what the learner should know about it."""

    files: dict[str, bytes]
    notes: tuple[str, ...] = ()


def submit(lab: Lab) -> Submission:
    """Packs `work/<lab>/` into `.camp/submissions/`, without running any of it; AppProblem when it cannot be one."""
    contents = read(lab)
    data = manifest(lab, contents.files)
    path = _free_path(lab)
    fresh = path.with_suffix(".part")
    with zipfile.ZipFile(fresh, "w") as archive:
        for name, content in sorted({**contents.files, MANIFEST: data}.items()):
            add(archive, name, content)
    os.replace(fresh, path)
    sizes = {name: len(content) for name, content in contents.files.items()}
    return Submission(path, path.stat().st_size, sizes, contents.notes)


def read(lab: Lab, policy: Policy = USUAL) -> Contents:
    """What is handed in: the app's files and the lab's notebook, as `camp grade` would take them out of it."""
    notebooks, notes = _notebooks(lab, policy)
    notes += [note for name in lab.kinds for note in kind(name).notes(lab.work)]
    try:
        files = _files(lab, policy)
    except TooMuch as problem:
        if not (notebooks and lab.wants_notebook):
            raise
        files = {}
        notes.append(_("{problem} It was not packed: {next}").format(problem=problem.seen, next=problem.next))
    _must_have_names(list(files), policy)
    if not files and not (notebooks and lab.wants_notebook):
        raise AppProblem(
            _("There is no file in {folder}.").format(folder=lab.work), _("'camp up' lays the lab out again.")
        )
    found = {**files, **notebooks}
    return Contents({f"{lab.name}/{name}": content for name, content in found.items()}, tuple(notes))


def _files(lab: Lab, policy: Policy) -> dict[str, bytes]:
    """What counts of the folder but for notebooks, by paths."""
    if (packed := packed_of(lab, lab.work)) is not None:
        return packed
    return {file.as_posix(): (lab.work / file).read_bytes() for file in app_files(lab.work, policy)}


def _notebooks(lab: Lab, policy: Policy) -> tuple[dict[str, bytes], list[str]]:
    """The lab's notebook and its copies without their outputs; what is called otherwise, where there is none. What has
    to be said about them."""
    usual = f"{lab.name}{NOTEBOOK}"
    found: dict[str, bytes] = {}
    notes: list[str] = []
    for path in _candidates(lab)[: policy.notebooks]:
        with path.open("rb") as file:
            raw = file.read(MOST_RAW + 1)
        try:
            found[path.name] = read_notebook(path.name, raw, policy)
        except Over as over:
            notes.append(_("{problem} It was not packed: clear its outputs and large pictures.").format(problem=over))
    best = best_first(found, usual, source_cells(lab))[:1]
    if len(found) > 1 or best not in ([], [usual]):
        notes.append(_("{name} is the notebook that counts.").format(name=shown(best[0])))
    return found, notes


def _candidates(lab: Lab) -> list[Path]:
    """The notebooks in the folder: those with the lab's name, the exact one first; else all."""
    if not lab.work.is_dir():
        return []
    every = [path for path in sorted(lab.work.iterdir()) if is_notebook(path.name)]
    every = [path for path in every if path.is_file() and not path.is_symlink()]
    named = [path for path in every if folded(path.name).startswith(folded(lab.name))]
    return sorted(named or every, key=lambda path: path.stem != lab.name)


def _must_have_names(names: list[str], policy: Policy) -> None:
    """AppProblem where a name would not survive in a zip, or on another disk."""
    problem = next((problem for name in names if (problem := policy.problem_of(name))), None)
    if clash := clash_in(names):
        problem = _("{one} and {other} are one name on some disks").format(one=shown(clash[0]), other=shown(clash[1]))
    if problem:
        raise AppProblem(f"{problem}.", _("Rename it, then pack again."))


def manifest(lab: Lab, contents: dict[str, bytes]) -> bytes:
    """`manifest.json`: the lab, the camp's version, and the SHA-256 of each file."""
    facts = {
        "lab": lab.name,
        "camp": camp_version(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())},
    }
    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode()


def camp_version() -> str:
    try:
        return version("serverless-camp")
    except PackageNotFoundError:  # the sources alone, not installed
        return "0"


def _free_path(lab: Lab) -> Path:
    folder = project.state() / "submissions"
    folder.mkdir(exist_ok=True)
    stamp = f"{lab.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    number = len(list(folder.glob(f"{stamp}*.zip")))
    return folder / (f"{stamp}.{number}.zip" if number else f"{stamp}.zip")


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Adds a file to a zip: the same bytes on every day and on every machine."""
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = MODE
    archive.writestr(entry, content)
