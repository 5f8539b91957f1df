"""nbgrader's formgrader leads from one submission to the next, also to those in which nobody has anything to grade."""

from collections.abc import Iterable
from typing import Any

PACKAGE, VERSION = "nbgrader", "0.9.6"


def skip_what_needs_nobody() -> None:
    """To be called before formgrader serves: its arrows pass over submissions without an answer, whose score is
    settled. The list of submissions still has everybody."""
    from nbgrader.server_extensions.formgrader.handlers import (  # type: ignore[import-untyped]
        SubmissionNavigationHandler as Arrows,
    )

    everybody = Arrows._get_submission_ids

    def to_grade(self: Any, assignment: str, notebook: str) -> list[str]:
        found: list[str] = everybody(self, assignment, notebook)
        kept = {
            self.path_kwargs["submission_id"],
            *_with_answers(self.gradebook.notebook_submissions(notebook, assignment)),
        }
        return [id for id in found if id in kept]

    Arrows._get_submission_ids = to_grade


def _with_answers(submissions: Iterable[Any]) -> list[str]:
    """Those that a person grades, or has graded: what is left to a person has no automatic score."""
    return [
        one.id
        for one in submissions
        if any(grade.needs_manual_grade or grade.auto_score is None for grade in one.grades)
    ]
