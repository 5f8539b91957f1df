"""Which cells run of what became of a notebook."""

from typing import Any

import pytest

from autograder.answers.program import MOST_CELLS, TooMuchCode, answer_ids, answers_in, program

ROLE = {"grade": False, "solution": False, "locked": True}
KEY = {"grade_id": "key", "grade": False, "solution": True, "locked": False}


def cell(source: str, **role: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {"nbgrader": role} if role else {}}


GIVEN = cell("GIVEN = 1", grade_id="given", **ROLE)
TEST = cell('check("1.1")', grade_id="check-1-1", grade=True, solution=False, locked=True)
COURSE = [cell("import os"), GIVEN, cell("# YOUR CODE HERE", **KEY), TEST]


def sources(cells: list[dict[str, Any]]) -> list[str]:
    return [one.source for one in program(cells, COURSE)]


def test_all_code_runs_from_top_to_bottom_but_for_the_tests() -> None:
    mine = [COURSE[0], GIVEN, cell("helper = 2"), cell("key = helper", **KEY), TEST, cell("print(key)")]
    assert sources(mine) == ["import os", "GIVEN = 1", "helper = 2", "key = helper", "print(key)"]
    assert [one.name for one in program(mine, COURSE)] == ["1", "given", "3", "key", "6"]


def test_what_the_course_gave_runs_as_it_was_given() -> None:
    changed = cell("GIVEN = 99", **{**GIVEN["metadata"]["nbgrader"]})
    assert sources([changed, changed, cell("key = 1", **KEY)]) == ["GIVEN = 1", "key = 1"]
    assert sources([cell("key = GIVEN", **KEY)]) == ["GIVEN = 1", "key = GIVEN"]


def test_a_split_a_copied_and_a_moved_answer_all_run() -> None:
    assert sources([GIVEN, cell("a = 1", **KEY), cell("b = 2"), cell("c = 3", **KEY)])[1:] == [
        "a = 1",
        "b = 2",
        "c = 3",
    ]


def test_a_notebook_that_lost_its_metadata_runs_all_the_same() -> None:
    assert sources([cell("GIVEN = 1"), cell("key = 1"), cell('check("1.1")')]) == ["GIVEN = 1", "GIVEN = 1", "key = 1"]


def test_a_test_that_a_learner_wrote_a_role_for_does_not_run() -> None:
    assert sources([GIVEN, cell("boast()", grade_id="mine", grade=True, solution=False)]) == ["GIVEN = 1"]


def test_text_is_not_code_and_emptiness_is_left_out() -> None:
    assert sources([{"cell_type": "markdown", "source": "x = 1"}, GIVEN, cell("  \n")]) == ["GIVEN = 1"]


def test_what_is_written_is_told_by_cell() -> None:
    mine = [cell("a = 1", **KEY), cell("b = 2", **KEY), cell("c = 3"), cell("d", grade_id="unknown", solution=True)]
    assert answer_ids(COURSE) == ["key"]
    assert answers_in(mine, COURSE) == {"key": "a = 1\n\nb = 2"}


def test_no_notebook_is_that_large() -> None:
    with pytest.raises(TooMuchCode):
        program([cell("x = 1")] * (MOST_CELLS + 1), COURSE)
    with pytest.raises(TooMuchCode):
        program([cell("x" * 600_000)], COURSE)
