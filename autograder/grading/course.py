"""A course: nbgrader's folder of one class, with its gradebook, its submissions and our verdicts."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder import project
from autograder.lab import Lab
from autograder.workspace import starter_files
from localcloud.messages import _

CONFIG = "nbgrader_config.py"
MARK = "autograder.grading.nbgrader_config"
USUAL = "course"
UNFIT = frozenset("%?#*[]{}")

SETTINGS = '''"""nbgrader's settings for this course. What `camp` needs comes first; add your own below."""

from autograder.grading.nbgrader_config import configure

c = get_config()  # noqa: F821
configure(c, __file__)

# c.CourseDirectory.course_id = "serverless-camp"
'''

README = _(
    """# A course of Serverless Camp

| file or folder | what is inside |
|---|---|
| `course.toml` | deadlines, late policy, attempts |
| `roster.csv` | who is in the course, and what each has extra |
| `source/` | the labs as the course has them; change a text here before you release |
| `release/` | what students get, made by `camp course release LAB` |
| `collected/` | what `camp course collect` took in, every attempt with its time |
| `submitted/` | what students handed in, made ready by `camp course grade` |
| `originals/` | what students handed in, byte by byte |
| `verdicts/` | what each submission earned, and why |
| `reports/` | what came out of the last batch: a page, and grades for other programs |
| `exports/` | the whole course's grades, made by `camp course export` |
| `autograded/`, `feedback/` | nbgrader's own |
| `gradebook.db` | nbgrader's gradebook |

Every folder but `source/` and `release/` holds what students wrote: keep it to yourself.
"""
)


class CourseError(Exception):
    """There is no course where one was looked for, or none can be made there; the text says what to do."""


@dataclass(frozen=True)
class Course:
    """The folder of a course."""

    root: Path

    def source(self, lab: str) -> Path:
        return self.root / "source" / lab

    def release(self, lab: str) -> Path:
        return self.root / "release" / lab

    def released_notebook(self, lab: str) -> Path:
        return self.release(lab) / f"{lab}.ipynb"

    def submitted(self, lab: str, student: str) -> Path:
        return self.root / "submitted" / student / lab

    def autograded(self, lab: str, student: str) -> Path:
        return self.root / "autograded" / student / lab

    def originals(self, lab: str, student: str) -> Path:
        return self.root / "originals" / lab / student

    def collected(self, lab: str) -> Path:
        return self.root / "collected" / lab

    def verdict(self, lab: str, student: str) -> Path:
        return self.root / "verdicts" / lab / f"{student}.json"

    def attempts(self, lab: str, student: str) -> Path:
        return self.root / "verdicts" / lab / "attempts" / student

    def seed(self, lab: str) -> Path:
        return self.root / "verdicts" / lab / ".seed"

    def students(self, lab: str) -> list[str]:
        """Whose submission of the lab has been made ready."""
        return sorted(path.parent.name for path in self.root.glob(f"submitted/*/{lab}") if path.is_dir())

    def graded_last(self) -> str | None:
        """The lab of the newest verdict that has submissions in formgrader; None before there is one."""
        folders = [path for path in self.root.glob("verdicts/*") if any(self.root.glob(f"autograded/*/{path.name}"))]
        return max(folders, key=lambda path: path.stat().st_mtime).name if folders else None

    def exports(self) -> Path:
        return self.root / "exports"

    def reports(self, lab: str) -> Path:
        return self.root / "reports" / lab

    def feedback(self, lab: str, student: str) -> Path:
        return self.root / "feedback" / student / lab / f"{lab}.html"


def find(named: Path | None) -> Course:
    """The course that is named, else the one that the current folder is, else `./course`; CourseError when none."""
    here = Path.cwd()
    root = (named or (here if _is_course(here) else here / USUAL)).resolve()
    if not _is_course(root):
        raise CourseError(
            _("There is no course in {folder}. 'camp course new' makes one; --course names another.").format(
                folder=root
            )
        )
    return Course(root)


def new(folder: Path, labs: list[Lab]) -> list[Path]:
    """Lays a course out and returns the files that it added. What is there is never touched, so that a course can be
    completed; CourseError where something else is, or where nbgrader could not work."""
    from autograder.grading import policy, roster

    root = folder.resolve()
    if unfit := sorted(UNFIT & set(str(root))):
        raise CourseError(
            _("nbgrader cannot work in {folder}: its name has {characters} in it.").format(
                folder=root, characters=" ".join(unfit)
            )
        )
    if (root.exists() and not root.is_dir()) or (root.is_dir() and any(root.iterdir()) and not _is_course(root)):
        raise CourseError(_("{folder} is not empty and holds no course. Name another folder.").format(folder=root))
    files = {CONFIG: SETTINGS.encode(), "README.md": README.encode()}
    files |= {policy.FILE: policy.template(labs).encode(), roster.FILE: roster.HEADER.encode()}
    for lab in labs:
        files |= {f"source/{lab.name}/{name}": path.read_bytes() for name, path in _sources(lab)}
    return [place for name, content in files.items() if (place := _add(root / name, content))]


def set_aside(tree: Path, target: Path) -> None:
    """Moves a student's folder to where nothing touches it any more."""
    target.parent.mkdir(parents=True, exist_ok=True)
    number = len(list(target.parent.glob(f"{target.name}*")))
    shutil.move(tree, target.with_name(f"{target.name}.{number}") if number else target)


def write(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name[:80]}.{os.getpid()}")
    fresh.write_bytes(content)
    os.replace(fresh, path)


def _sources(lab: Lab) -> Iterator[tuple[str, Path]]:
    yield from ((path.relative_to(lab.starter).as_posix(), path) for path in starter_files(lab.name))
    notebook = project.content("notebooks") / lab.name / f"{lab.name}.ipynb"
    if notebook.is_file():
        yield notebook.name, notebook


def _add(place: Path, content: bytes) -> Path | None:
    if place.exists():
        return None
    write(place, content)
    return place


def _is_course(folder: Path) -> bool:
    config = folder / CONFIG
    return config.is_file() and MARK in config.read_text("utf-8", "replace")
