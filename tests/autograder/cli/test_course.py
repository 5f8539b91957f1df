"""What the commands of a course say beside what they write."""

from pathlib import Path

import pytest

from autograder.cli.export import missing_from
from autograder.cli.feedback import still_to_be_graded
from autograder.grading.exporting import Exported

BOTH = [Path("lab/moodle.csv"), Path("lab/canvas.csv")]


@pytest.mark.parametrize(
    ("waits", "exported", "feedback"),
    [
        (1, "1 reflection is still to be graded:", "1 reflection is still to be graded, and its feedback says so:"),
        (
            2,
            "2 reflections are still to be graded:",
            "2 reflections are still to be graded, and their feedback says so:",
        ),
    ],
)
def test_reflections_without_a_grade_are_counted_in_good_english(waits: int, exported: str, feedback: str) -> None:
    assert list(missing_from(Exported(BOTH, waits, 0))) == [f"{exported} camp course open."]
    assert still_to_be_graded(waits) == f"{feedback} camp course open."


@pytest.mark.parametrize(
    ("faults", "words"),
    [(1, "1 has no grade, for a fault of ours:"), (2, "2 have no grade, for a fault of ours:")],
)
def test_grades_that_are_missing_for_a_fault_of_ours_are_counted(faults: int, words: str) -> None:
    [line] = missing_from(Exported(BOTH, 0, faults))
    assert line.startswith(words)


@pytest.mark.parametrize(("system", "file"), [("Moodle", "moodle.csv"), ("Canvas", "canvas.csv")])
def test_a_file_that_cannot_be_made_is_named_with_what_it_needs(system: str, file: str) -> None:
    others = [path for path in BOTH if path.name != file]
    needs = f"No {file}: nobody's number in {system} is known. Its bulk download has it, or lms in roster.csv."
    assert list(missing_from(Exported(others, 0, 0))) == [needs]
