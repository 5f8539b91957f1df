"""nbgrader's late-submission plugin of a course: what course.toml and roster.csv say.

Slow to import: only nbgrader does.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.plugins import LateSubmissionPlugin  # type: ignore[import-untyped]

from autograder.grading import policy, roster
from autograder.grading.course import Course
from autograder.grading.rules import Rules, rules


class CampLatePenalty(LateSubmissionPlugin):  # type: ignore[misc]
    """Used by `nbgrader autograde` for every notebook that is late, and by `camp grade`.

    Its parent is what nbgrader's AssignLatePenalties is: it knows the assignment as `assignment_id`.
    """

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """The points to take off; None for nothing. `score` is what the notebook has, `total_seconds_late` is counted
        from the deadline in the gradebook (and an extension that was given there). CourseError, ListError."""
        lab = str(self.parent.assignment_id)
        found = rules_in(self.config).penalty_of_nbgrader(lab, student_id, score, total_seconds_late)
        return found or None


def rules_in(config: Any) -> Rules:
    """What holds in the course that nbgrader's configuration is of."""
    root = Path(str(config.CourseDirectory.root))
    files = [root / name for name in (policy.FILE, roster.FILE)]
    return _rules(root, tuple(os.stat(path).st_mtime_ns if path.is_file() else 0 for path in files))


@lru_cache(maxsize=4)
def _rules(root: Path, changed: tuple[int, ...]) -> Rules:
    return rules(Course(root))
