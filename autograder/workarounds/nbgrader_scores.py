"""nbgrader gives no points to a cell whose output is an error, whatever the error is. Slow to import."""

from typing import Any

from nbgrader.preprocessors import SaveAutoGrades  # type: ignore[import-untyped]

from autograder.grading import display
from autograder.notebookfile import id_of

PACKAGE, VERSION = "nbgrader", "0.9.6"


class SaveCampGrades(SaveAutoGrades):  # type: ignore[misc]
    """In the place of `SaveAutoGrades`: leaves to a person what we could not check."""

    def _add_score(self, cell: Any, resources: Any) -> None:
        super()._add_score(cell, resources)
        if any(output.get("ename") == display.BROKEN for output in cell.get("outputs", [])):
            grade = self.gradebook.find_grade(id_of(cell), self.notebook_id, self.assignment_id, self.student_id)
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()
