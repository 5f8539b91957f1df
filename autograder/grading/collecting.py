"""A submission made ready for nbgrader: `submitted/<student>/<lab>/` with the course's own notebook, the learner's
answer in it, and the learner's app beside it. What was handed in is kept aside, byte by byte."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

from autograder.answers.program import filled
from autograder.appfolder import write_files
from autograder.grading import gathering
from autograder.grading.course import Course, set_aside, write
from autograder.grading.gathering import TIMESTAMP, HandedIn
from autograder.grading.grade import Graded
from autograder.grading.record import digest, known
from autograder.grading.unpacking import Refused, packed, unpack
from autograder.lab import Lab


def original(course: Course, lab: Lab, handed_in: HandedIn) -> HandedIn:
    """The same with what was handed in at first, when its folder is one that `collect` made."""
    if handed_in.tree != course.submitted(lab.name, handed_in.student):
        return handed_in
    record = known(course, lab, handed_in.student)
    if record is None or record.tree != digest(handed_in.data):
        return handed_in
    kept = _kept(course, lab, handed_in.student, record.submission)
    if not kept.is_file():
        return handed_in
    return replace(handed_in, data=kept.read_bytes(), tree=None)


def collect(course: Course, lab: Lab, handed_in: HandedIn, graded: Graded) -> str:
    """Lays the submission out in `submitted/`, keeps what was handed in, and returns the digest of the folder."""
    tree = course.submitted(lab.name, handed_in.student)
    submission = digest(handed_in.data)
    if handed_in.data:
        kept = _kept(course, lab, handed_in.student, submission)
        if not kept.exists():
            write(kept, handed_in.data)
    files = {**_app(handed_in, lab), f"{lab.name}.ipynb": canonical(course, lab, graded)}
    if tree.exists() and not _is_ours(course, lab, handed_in.student):
        set_aside(tree, course.originals(lab.name, handed_in.student) / submission[:16])
    _lay_out(files, handed_in.timestamp, tree)
    return digest(packed({f"{lab.name}/{name}": content for name, content in files.items()}))


def stamp(course: Course, lab: Lab, handed_in: HandedIn) -> None:
    """Brings the time of a submission that is made ready already up to date."""
    tree = course.submitted(lab.name, handed_in.student)
    path = tree / TIMESTAMP
    text = f"{handed_in.timestamp}\n".encode()
    if handed_in.timestamp and handed_in.tree != tree and not (path.is_file() and path.read_bytes() == text):
        write(path, text)


def canonical(course: Course, lab: Lab, graded: Graded | None = None) -> bytes:
    """The notebook that was released, with the learner's answers and nothing else of the learner's."""
    notebook = json.loads(course.released_notebook(lab.name).read_bytes())
    if graded:
        notebook["cells"] = filled(notebook["cells"], graded.written())
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def in_tree(course: Course, lab: Lab, student: str) -> HandedIn:
    """What stands in `submitted/` now, as one zip."""
    return gathering.of_folder(student, course.submitted(lab.name, student), lab)


def _is_ours(course: Course, lab: Lab, student: str) -> bool:
    """Whether the folder in `submitted/` is one that `collect` made, with nothing of its own in it."""
    record = known(course, lab, student)
    if record is None or record.tree != digest(in_tree(course, lab, student).data):
        return False
    return record.submission == digest(b"") or _kept(course, lab, student, record.submission).is_file()


def _kept(course: Course, lab: Lab, student: str, submission: str) -> Path:
    return course.originals(lab.name, student) / f"{submission[:16]}.zip"


def _app(handed_in: HandedIn, lab: Lab) -> dict[str, bytes]:
    """The app's files; none when there is nothing to unpack, which the verdict says already."""
    try:
        app = unpack(handed_in.data, lab).app if not handed_in.problem else {}
    except Refused:
        return {}
    return {name: content for name, content in app.items() if name != TIMESTAMP}


def _lay_out(files: dict[str, bytes], timestamp: str | None, tree: Path) -> None:
    """Puts the folder in its place at once, in the stead of one that was made before."""
    fresh = tree.with_name(f".{tree.name}.fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    write_files(files, fresh)
    if timestamp:
        (fresh / TIMESTAMP).write_text(timestamp + "\n", "ascii")
    if tree.exists():
        shutil.rmtree(tree)
    fresh.rename(tree)
