"""A course: nbgrader's folder of one class, with its gradebook, its submissions and our verdicts."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from localcloud.messages import _

CONFIG = "nbgrader_config.py"
MARK = "autograder.grading.nbgrader_config"
USUAL = "course"


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
    root = (named or (here if is_course(here) else here / USUAL)).resolve()
    if not is_course(root):
        raise CourseError(
            _("There is no course in {folder}. 'camp course new' makes one; --course names another.").format(
                folder=root
            )
        )
    return Course(root)


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


def is_course(folder: Path) -> bool:
    config = folder / CONFIG
    return config.is_file() and MARK in config.read_text("utf-8", "replace")
