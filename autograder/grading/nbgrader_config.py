"""What nbgrader must be told to work in a course of ours; the course's own `nbgrader_config.py` calls `configure`."""

from pathlib import Path
from typing import Any

STEPS = "autograder.grading.nbgrader_steps"
AUTOGRADE = (
    f"{STEPS}.CampChecks",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    f"{STEPS}.SaveCampGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
)
EXCHANGE = ".exchange"
PLAIN = AUTOGRADE[1:4]  # those that look at nothing but the notebook


def configure(c: Any, config_file: str) -> None:
    """Sets nbgrader up: it executes no notebook, the checks of the lab take that step's place."""
    root = Path(config_file).absolute().parent
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.course_id = "serverless-camp"
    c.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
    c.Autograde.autograde_preprocessors = list(AUTOGRADE)
    c.AssignLatePenalties.plugin_class = "autograder.grading.late.CampLatePenalty"
    c.Autograde.exclude_overwriting = {
        lab.name: [path.relative_to(lab).as_posix() for path in sorted(lab.rglob("*")) if path.is_file()]
        for lab in sorted((root / "source").glob("*"))
        if lab.is_dir()
    }
    c.Exchange.root = str(root / EXCHANGE)  # nobody's: students get and give elsewhere, and formgrader wants one
    c.NbGrader.logfile = str(root / "nbgrader.log")
