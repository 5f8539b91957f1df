"""What a graded batch leaves in `reports/<lab>/`: a page to read, and the grades for other programs."""

from collections.abc import Sequence
from pathlib import Path

from autograder.grading import exports
from autograder.grading.course import Course, write
from autograder.grading.marks import Mark, maximum
from autograder.grading.reportpage import report_page
from autograder.grading.roster import Person
from autograder.lab import Lab

REPORT = "report.html"


def write_reports(course: Course, lab: Lab, marks: Sequence[Mark], seed: int, missing: Sequence[Person] = ()) -> Path:
    """Writes all of them and returns the page's path; files of an earlier batch are replaced, and an export that is for
    nobody is removed. `missing`: who is on the roster and handed in nothing."""
    folder = course.reports(lab.name)
    page = report_page(lab, marks, seed, maximum(lab), missing)
    write(folder / REPORT, page.encode("utf-8", "replace"))
    write_grades(folder, lab, marks, missing)
    return folder / REPORT


def write_grades(folder: Path, lab: Lab, marks: Sequence[Mark], missing: Sequence[Person]) -> list[Path]:
    """The grades of one lab for other programs; returns what was written."""
    most = maximum(lab)
    files = {
        "grades.csv": exports.grades_csv(lab, marks, most, missing),
        "grades.json": exports.grades_json(lab, marks, most, missing),
        "moodle.csv": exports.moodle_csv(marks, most),
        "canvas.csv": exports.canvas_csv(lab, marks, most),
    }
    for name, text in files.items():
        if text is None:
            (folder / name).unlink(missing_ok=True)
        else:
            write(folder / name, text.encode("utf-8", "replace"))
    return [folder / name for name, text in files.items() if text is not None]
