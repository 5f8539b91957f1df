"""The graded notebook of each student, filled into a copy that nbgrader's own steps made once. Slow to import."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters import Autograde  # type: ignore[import-untyped]
from nbgrader.utils import compute_checksum, is_grade, is_solution, is_task  # type: ignore[import-untyped]

from autograder.grading import display
from autograder.grading.collecting import canonical
from autograder.grading.course import Course
from autograder.grading.grade import Graded
from autograder.grading.nbgrader_config import PLAIN
from autograder.grading.nbgrader_steps import cell_id, outputs_of
from autograder.grading.reflection import GRADE_ID
from autograder.lab import Lab
from autograder.notebookfile import NotebookCell, id_of
from autograder.verdict import ERRORED, CheckResult

NO_RESPONSE = "No response."


@dataclass(frozen=True)
class Filled:
    """A student's graded notebook; by cell the automatic scores (None: a person must look) and comments; and the
    reflection as it is shown."""

    notebook: bytes
    scores: dict[str, float | None]
    comments: dict[str, str | None]
    reflection: str | None


class Sheet:
    """A lab's notebook as `nbgrader autograde` makes it, but for what is a student's own."""

    def __init__(self, api: Any, course: Course, lab: Lab) -> None:
        self._notebook: dict[str, Any] = json.loads(_converted(api, canonical(course, lab), lab))
        self._cells: list[NotebookCell] = self._notebook["cells"]

    def fill(self, graded: Graded) -> Filled:
        """A student's notebook: the checks' results in their cells, the reflection as it was typed, a summary."""
        results = {cell_id(result.id): result for result in graded.verdict.checks}
        written = graded.written()
        cells, scores, comments = [_heading(graded)], {}, {}  # type: list[NotebookCell], dict[str, float | None], dict[str, str | None]
        reflection = None
        for one in self._cells:
            name, cell, answered = id_of(one) or "", one, False
            if name in written and _is(is_solution, cell):
                cell, answered = _answered(one, written[name])
            if name == GRADE_ID:
                reflection = "".join(cell["source"])
            if _is(is_grade, cell):
                if cell["cell_type"] == "code":
                    cell = {**cell, "outputs": outputs_of(results.get(name), name)}
                scores[name] = _score(cell, results.get(name), answered)
            if _is(is_solution, cell):
                comments[name] = None if answered else NO_RESPONSE
            elif _is(is_task, cell):
                comments[name] = None
            cells.append(cell)
        text = json.dumps({**self._notebook, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
        return Filled((text + "\n").encode("utf-8", "replace"), scores, comments, reflection)

    @staticmethod
    def reflection_in(notebook: Path) -> str | None:
        """The reflection as a graded notebook shows it; None where there is none."""
        try:
            cells: Iterable[NotebookCell] = json.loads(notebook.read_bytes())["cells"]
        except (OSError, ValueError, KeyError):
            return None
        sources = ["".join(cell["source"]) for cell in cells if id_of(cell) == GRADE_ID]
        return sources[0] if sources else None


def _converted(api: Any, notebook: bytes, lab: Lab) -> str:
    """The notebook after nbgrader's sanitizing, and after those steps of its autograding that need no student."""
    converter = Autograde(coursedir=api.coursedir, parent=api)
    facts = {"student": "", "assignment": lab.name, "notebook": lab.name, "db_url": api.coursedir.db_url}
    text = notebook.decode("utf-8", "replace")
    for steps in (converter.sanitize_preprocessors, PLAIN):
        exporter = converter.exporter_class(parent=converter, config=converter.config)
        for step in steps:  # the exporter has none of its own: nbgrader's configuration says so
            exporter.register_preprocessor(step)
        resources = {"unique_key": lab.name, "output_files_dir": f"{lab.name}_files", "nbgrader": dict(facts)}
        text, _resources = exporter.from_notebook_node(nbformat.reads(text, 4), resources=resources)  # type: ignore[no-untyped-call]
    return text


def _heading(graded: Graded) -> NotebookCell:
    return {"cell_type": "markdown", "id": display.NOTES_ID, "metadata": {}, "source": display.summary(graded)}


def _answered(cell: NotebookCell, answer: str) -> tuple[NotebookCell, bool]:
    """An answer's cell with what a learner wrote in it, and whether that is more than what was there."""
    answer = answer.encode("utf-8", "replace").decode()
    node = nbformat.from_dict({**cell, "source": answer})  # type: ignore[no-untyped-call]
    if cell["metadata"]["nbgrader"].get("checksum") == compute_checksum(node):
        return cell, False
    return {**cell, "source": answer if cell["cell_type"] == "code" else display.typed(answer)}, True


def _score(cell: NotebookCell, result: CheckResult | None, answered: bool) -> float | None:
    if _is(is_solution, cell):
        return None if answered else 0.0
    if cell["cell_type"] != "code" or result is None or result.outcome == ERRORED:
        return None
    return float(result.points)


def _is(kind: Any, cell: NotebookCell) -> bool:
    return "nbgrader" in cell["metadata"] and bool(kind(nbformat.NotebookNode(cell)))  # type: ignore[no-untyped-call]
