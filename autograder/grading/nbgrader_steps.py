"""The steps that nbgrader runs on each submission in the place of its own. Slow to import: only nbgrader does."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from nbformat import from_dict
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor  # type: ignore[import-untyped]
from nbgrader.utils import compute_checksum, is_grade  # type: ignore[import-untyped]

from autograder.grading import display, record
from autograder.grading.collecting import in_tree, original
from autograder.grading.course import Course
from autograder.grading.grade import Graded, not_checked
from autograder.grading.reflection import GRADE_ID
from autograder.lab import Lab, find_lab
from autograder.notebookfile import id_of
from autograder.verdict import CheckResult
from autograder.workarounds.nbgrader_scores import SaveCampGrades
from localcloud import extras
from localcloud.messages import _

__all__ = ["CampChecks", "SaveCampGrades", "cell_id", "outputs_of", "verdict_for"]

MINUTES = 15


class CampChecks(NbGraderPreprocessor):  # type: ignore[misc]
    """In the place of `Execute`: runs no notebook, but the lab's checks on the app beside it, and shows what they
    found in the check cells. A verdict that is known already is not made again."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        lab = find_lab(resources["nbgrader"]["assignment"])
        graded = verdict_for(Course(Path.cwd()), lab, resources["nbgrader"]["student"])
        results = {cell_id(result.id): result for result in graded.verdict.checks}
        for cell in nb.cells:
            if cell.cell_type == "code" and is_grade(cell):
                cell.outputs = from_dict(outputs_of(results.get(id_of(cell) or ""), id_of(cell)))  # type: ignore[no-untyped-call]
            elif id_of(cell) == GRADE_ID and cell.metadata.nbgrader.get("checksum") != compute_checksum(cell):
                cell.source = display.typed(cell.source)
        heading = new_markdown_cell(display.summary(graded))  # type: ignore[no-untyped-call]
        heading["id"] = display.NOTES_ID
        nb.cells.insert(0, heading)
        return nb, resources


def cell_id(check: str) -> str:
    """The id of a check's cell: `check-1-4` for `1.4`."""
    return f"check-{check.replace('.', '-')}"


def verdict_for(course: Course, lab: Lab, student: str) -> Graded:
    """The verdict on what stands in `submitted/`: the known one while it holds, else a new one, which is kept.
    ExtraMissing when a tool is not installed that the checks need: grading fetches nothing."""
    handed_in = in_tree(course, lab, student)
    seed = record.seed_for(course, lab)
    tree = record.digest(handed_in.data)
    known = record.known(course, lab, student)
    if known and known.holds_for(tree, lab, seed):
        return known.graded
    if handed_in.problem:
        return not_checked(lab, seed, handed_in.problem)
    extras.must_be_installed(lab.extras)
    handed_in = original(course, lab, handed_in)
    graded = _graded_apart(handed_in.data, lab, seed)
    submission = record.digest(handed_in.data)
    lms = known.lms if known else None
    record.keep(record.Record(student, submission, tree, record.digest_of(lab), graded, lms), course, lab)
    return graded


def _graded_apart(data: bytes, lab: Lab, seed: int) -> Graded:
    """Grades in a process of its own: nbgrader may run inside a server, with a loop of its own."""
    command = [sys.executable, "-m", "autograder.grading.grade", lab.name, str(seed)]
    environ = {**os.environ, extras.NEVER: "1"}
    done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=60 * MINUTES, env=environ)
    if done.returncode:
        raise RuntimeError(done.stderr.decode("utf-8", "replace")[-2000:])
    return Graded.from_json(json.loads(done.stdout.splitlines()[-1]))


def outputs_of(result: CheckResult | None, cell: str | None) -> list[dict[str, Any]]:
    """What the cell of a check shows."""
    if result is None:
        return [display.broken(_("The lab has no check for the cell {id}.").format(id=cell))]
    return display.outputs(result)
