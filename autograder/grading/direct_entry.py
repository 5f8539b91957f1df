"""Verdicts into nbgrader's gradebook, many at once: the rows and notebooks that `nbgrader autograde` makes in a course
of ours, without its whole pipeline for each submission. Slow to import: only the writer does."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry  # type: ignore[import-untyped]
from nbgrader.converters import Autograde  # type: ignore[import-untyped]
from nbgrader.utils import find_all_files, parse_utc  # type: ignore[import-untyped]

from autograder.grading import record
from autograder.grading.course import Course
from autograder.grading.gathering import TIMESTAMP
from autograder.grading.gradebook_rows import Entry, Rows
from autograder.grading.graded_notebook import Sheet
from autograder.grading.nbgrader_config import AUTOGRADE
from autograder.lab import Lab

READ_ONLY = 0o444


def is_ours(api: Any, lab: str) -> bool:
    """Whether nbgrader does in this course what we told it, and nothing of the instructor's own: only then is the
    result known without running it."""
    converter = Autograde(coursedir=api.coursedir, parent=api)
    steps = [Autograde.sanitize_preprocessors.default_args[0], list(AUTOGRADE)]
    notebooks = [one.name for one in api.gradebook.find_assignment(lab).notebooks]
    hooks = (converter.pre_convert_hook, converter.post_convert_hook, api.coursedir.groupshared)
    return (
        [converter.sanitize_preprocessors, converter.autograde_preprocessors] == steps
        and not any(hooks)
        and (notebooks == [lab])
    )


@dataclass
class DirectEntry:
    """Enters students of one lab; `api` is nbgrader's."""

    api: Any
    course: Course
    lab: Lab
    sheet: Sheet = field(init=False)
    rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        self.sheet = Sheet(self.api, self.course, self.lab)
        self.rows = Rows(self.api, self.lab)

    def enter(self, students: Sequence[str]) -> None:
        """Enters these students in one transaction, then lays out their graded notebooks. Killed in between, it has
        to be done again, and comes to the same."""
        entries, notebooks = [], {}
        for student in students:
            entries_of, notebooks[student] = self._made(student)
            entries.append(entries_of)
        self.rows.write(entries)
        for student, notebook in notebooks.items():
            self._lay_out(student, notebook)

    def _made(self, student: str) -> tuple[Entry, bytes]:
        known = record.known(self.course, self.lab, student)
        if known is None:
            raise MissingEntry(f"no verdict of {student}")
        filled = self.sheet.fill(known.graded)
        stamp = self.course.submitted(self.lab.name, student) / TIMESTAMP
        timestamp = parse_utc(stamp.read_text().strip()) if stamp.is_file() else None
        same = filled.reflection is not None and filled.reflection == self._shown_before(student)
        return Entry(student, timestamp, filled.scores, filled.comments, same), filled.notebook

    def _shown_before(self, student: str) -> str | None:
        """The reflection as the notebook shows it that was made the last time; after a kill it may stand aside."""
        target = self.course.autograded(self.lab.name, student)
        shown = (Sheet.reflection_in(place / f"{self.lab.name}.ipynb") for place in (target, _aside(target)))
        return next((text for text in shown if text is not None), None)

    def _lay_out(self, student: str, notebook: bytes) -> None:
        """Puts the graded notebook and what was handed in beside it in their place at once."""
        source, target = self.course.submitted(self.lab.name, student), self.course.autograded(self.lab.name, student)
        fresh = target.with_name(f".{target.name}.fresh")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for name in find_all_files(str(source), [*self.api.coursedir.ignore, "*.ipynb"]):
            place = fresh / os.path.relpath(name, source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(Path(name).read_bytes())
            place.chmod(READ_ONLY)
        place = fresh / f"{self.lab.name}.ipynb"
        place.write_bytes(notebook)
        place.chmod(READ_ONLY)
        if target.exists():
            shutil.rmtree(_aside(target), ignore_errors=True)
            target.rename(_aside(target))
        fresh.rename(target)
        shutil.rmtree(_aside(target), ignore_errors=True)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")
