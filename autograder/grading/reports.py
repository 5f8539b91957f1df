"""What a graded batch leaves in `reports/<lab>/`: a page to read, and the grades for other programs."""

from collections.abc import Sequence
from pathlib import Path

from autograder.grading import exports
from autograder.grading.batch import Row
from autograder.grading.course import Course, write
from autograder.grading.marks import Mark, maximum
from autograder.grading.reportpage import report_page
from autograder.lab import Lab

REPORT = "report.html"


def write_reports(course: Course, lab: Lab, rows: Sequence[Row], seed: int) -> Path:
    """Writes all of them and returns the page's path; files of an earlier batch are replaced, and an export that is for
    nobody is removed."""
    marks, most = [Mark(row) for row in rows], maximum(lab)
    files = {
        REPORT: report_page(lab, marks, seed, most),
        "grades.csv": exports.grades_csv(lab, marks, most),
        "grades.json": exports.grades_json(lab, marks, most),
        "moodle.csv": exports.moodle_csv(marks, most),
        "canvas.csv": exports.canvas_csv(lab, marks, most),
    }
    folder = course.reports(lab.name)
    for name, text in files.items():
        if text is None:
            (folder / name).unlink(missing_ok=True)
        else:
            write(folder / name, text.encode("utf-8", "replace"))
    return folder / REPORT
