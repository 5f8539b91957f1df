import json
from typing import Any

import pytest

from autograder.answers.sources import source_cells
from autograder.grading.reflection import MOST_CHARACTERS, WrittenAnswer, answer_in

NAME = "1-slack-bot.ipynb"


def answer(handins: Any, content: bytes | dict[str, Any], name: str = NAME) -> WrittenAnswer:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return answer_in({name: data}, NAME, source_cells(handins.lab))


def test_an_answer_is_read_as_it_was_typed(handins: Any) -> None:
    assert answer(handins, handins.answered()) == WrittenAnswer(handins.answer)


def test_no_answer_is_no_answer(handins: Any) -> None:
    assert answer(handins, handins.released()) == WrittenAnswer(None, ("The reflection is not answered.",))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "The notebook is empty."),
        (b" \n", "The notebook is empty."),
        (b'{"cells": [', "The notebook cannot be read: it is no JSON."),
        (b"[" * 200_000, "The notebook cannot be read: it is no JSON."),
        (b'{"a":' * 100_000, "The notebook cannot be read: it is no JSON."),
        (b"\x00\x01\x02\xff", "The notebook cannot be read: it is no JSON."),
        (b"1" * 10_000, "The notebook cannot be read: it"),
        (b"[]", "The notebook cannot be read: it has no cells."),
        (b'{"cells": 1}', "The notebook cannot be read: it has no cells."),
        (b'"cells"', "The notebook cannot be read: it has no cells."),
    ],
)
def test_what_is_no_notebook_has_no_answer_and_a_reason(handins: Any, content: bytes, why: str) -> None:
    found = answer(handins, content)
    assert found.text is None and len(found.notes) == 1 and found.notes[0].startswith(why)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
def test_an_encoding_is_no_obstacle(handins: Any, encoding: str) -> None:
    text = json.dumps(handins.answered("Zoë läßt 学 grüßen."), ensure_ascii=False)
    assert answer(handins, text.encode(encoding)) == WrittenAnswer("Zoë läßt 学 grüßen.")


def test_bytes_that_are_no_text_are_replaced(handins: Any) -> None:
    text = json.dumps(handins.answered("Zoë"), ensure_ascii=False).encode("latin-1", "replace")
    assert answer(handins, text).text == "Zo\ufffd"


def test_the_old_format_is_read(handins: Any) -> None:
    cells = handins.answered("Old.")["cells"]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
    assert answer(handins, old).text == "Old."


def test_a_renamed_notebook_is_read_and_said(handins: Any) -> None:
    found = answer(handins, handins.answered(), "final (2).ipynb")
    assert found == WrittenAnswer(handins.answer, ("The notebook is called final (2).ipynb, not 1-slack-bot.ipynb.",))


def test_of_two_notebooks_the_one_with_the_right_name_is_read(handins: Any) -> None:
    data = json.dumps(handins.answered()).encode()
    found = answer_in({"a.ipynb": b"", NAME: data}, NAME, source_cells(handins.lab))
    assert found == WrittenAnswer(handins.answer, ("There are 2 notebooks; 1-slack-bot.ipynb was read.",))
    assert answer_in({}, NAME, []) == WrittenAnswer(None, ("There is no notebook, so there is no reflection.",))


def test_an_answered_copy_counts_beside_a_notebook_that_nobody_touched(handins: Any) -> None:
    """A browser saves a notebook that is there already as `X (1).ipynb`."""
    copy = "1-slack-bot (1).ipynb"
    untouched, answered = (json.dumps(one).encode() for one in (handins.released(), handins.answered()))
    for untouched_or_broken in (untouched, b"", b"{"):
        found = answer_in({NAME: untouched_or_broken, copy: answered}, NAME, source_cells(handins.lab))
        assert found.text == handins.answer
        assert found.notes[-1] == f"There are 2 notebooks; {copy} was read."
    other = json.dumps(handins.answered("Another answer.")).encode()
    assert answer_in({copy: other, NAME: answered}, NAME, source_cells(handins.lab)).text == handins.answer


def test_a_split_cell_is_put_together(handins: Any) -> None:
    notebook = handins.answered("First half.")
    place = handins.place(notebook, "reflection")
    notebook["cells"].insert(place + 1, handins.copied(notebook["cells"][place], source="Second half.", id="x"))
    assert answer(handins, notebook) == WrittenAnswer(
        "First half.\n\nSecond half.", ("Cells are there twice: reflection.",)
    )


@pytest.mark.parametrize("kind", ["code", "raw"])
def test_a_retyped_answer_is_read(handins: Any, kind: str) -> None:
    notebook = handins.answered()
    handins.cell(notebook, "reflection")["cell_type"] = kind
    assert answer(handins, notebook).text == handins.answer


def test_an_answer_that_lost_its_id_is_found_by_its_place(handins: Any) -> None:
    notebook = handins.answered("Here.")
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    found = answer(handins, notebook)
    assert found.text == "Here."
    assert found.notes[0] == "The reflection has lost its id; it was found below its question."


def test_without_cell_and_question_there_is_no_reflection(handins: Any) -> None:
    notebook = handins.answered()
    del notebook["cells"][-2:]
    assert answer(handins, notebook).notes[0] == "There is no reflection in the notebook."


def test_deleted_cells_changed_points_and_ids_are_said(handins: Any) -> None:
    notebook = handins.answered()
    del notebook["cells"][handins.place(notebook, "check-1-3")]
    handins.cell(notebook, "check-1-4")["metadata"]["nbgrader"]["points"] = 300
    handins.cell(notebook, "check-1-5")["metadata"]["nbgrader"]["grade_id"] = "mine\x1b"
    assert answer(handins, notebook).notes == (
        "Cells are missing: check-1-3, check-1-5. Their points are given all the same.",
        r"Cells have ids that the course did not give: mine\x1b.",
        "Points were changed in check-1-4; those of the course count.",
    )


@pytest.mark.parametrize("odd", [None, 1, "x", {"metadata": 1}, {"metadata": {"nbgrader": []}}, {"source": {"a": 1}}])
def test_odd_cells_are_passed_over(handins: Any, odd: object) -> None:
    notebook = handins.answered()
    notebook["cells"].insert(0, odd)
    assert answer(handins, notebook) == WrittenAnswer(handins.answer)


def test_ids_and_points_of_any_type_are_no_obstacle(handins: Any) -> None:
    notebook = handins.answered()
    role = handins.cell(notebook, "check-1-1")["metadata"]["nbgrader"]
    role.update(grade_id=["x"], points={"y": 1})
    assert answer(handins, notebook).text == handins.answer


def test_what_no_file_can_hold_is_replaced(handins: Any) -> None:
    data = json.dumps(handins.answered("a\ud800b\x00c\x1b[2Jd\r\ne"))
    assert answer(handins, data.encode()).text == "abc[2Jd\ne"


def test_an_endless_answer_is_cut(handins: Any) -> None:
    found = answer(handins, handins.answered("x" * (MOST_CHARACTERS + 1)))
    assert len(found.text or "") == MOST_CHARACTERS
    assert found.notes == ("The reflection has 20001 characters; the first 20000 are kept.",)
