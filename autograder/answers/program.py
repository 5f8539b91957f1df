"""What runs of a learner's notebook: its code cells from top to bottom, but for the course's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.notebookfile import NotebookCell, id_of, role_of, text_of

MOST_CELLS, MOST_CHARACTERS = 500, 500_000


@dataclass(frozen=True)
class CodeCell:
    """One cell to run; `id` is its nbgrader id, `name` what a learner is told of it: the id, or its number."""

    id: str | None
    name: str
    source: str


class TooMuchCode(ValueError):
    """No notebook of the camp is so large."""


def program(cells: Sequence[NotebookCell], course: Sequence[NotebookCell]) -> list[CodeCell]:
    """The cells to run. Where an answer was split, copied or moved, all of its parts are among them. A cell that the
    course locked runs as the course has it, before everything else if it is missing; the course's tests never run.
    TooMuchCode."""
    locked = {id: text_of(cell) for cell in course if (id := id_of(cell)) and _is_code(cell) and is_given(cell)}
    tests = {id_of(cell) for cell in course if is_test(cell)}
    texts_of_tests = {text_of(cell).strip() for cell in course if is_test(cell)}
    found: list[CodeCell] = []
    there: set[str | None] = set()
    for number, cell in enumerate((cell for cell in cells if _is_code(cell)), 1):
        id, text = id_of(cell), text_of(cell)
        if id in tests or is_test(cell) or text.strip() in texts_of_tests or not text.strip():
            continue
        if id in locked and id in there:
            continue
        there.add(id)
        found.append(CodeCell(id, id or str(number), locked.get(id or "", text)))
    missing = [CodeCell(id, id, text) for id, text in locked.items() if id not in there]
    if len(found) > MOST_CELLS or sum(len(cell.source) for cell in found) > MOST_CHARACTERS:
        raise TooMuchCode
    return [*missing, *found]


def answer_ids(course: Sequence[NotebookCell]) -> list[str]:
    """The ids of the course's answer cells with code, in the notebook's order."""
    return [id for cell in course if (id := id_of(cell)) and _is_code(cell) and is_answer(cell)]


def answers_in(cells: Sequence[NotebookCell], course: Sequence[NotebookCell]) -> dict[str, str]:
    """What a learner wrote into each of the course's answer cells, by id: the parts of one that is there twice are
    joined."""
    found: dict[str, list[str]] = {}
    wanted = set(answer_ids(course))
    for cell in cells:
        if _is_code(cell) and (id := id_of(cell) or "") in wanted:
            found.setdefault(id, []).append(text_of(cell))
    return {id: "\n\n".join(parts) for id, parts in found.items()}


def filled(cells: Sequence[NotebookCell], answers: Mapping[str, str]) -> list[NotebookCell]:
    """The cells with these texts in the answer cells."""
    return [_filled(cell, answers) for cell in cells]


def is_answer(cell: NotebookCell) -> bool:
    """Whether learners write in it."""
    return role_of(cell).get("solution") is True


def is_test(cell: NotebookCell) -> bool:
    """Whether it only gives points."""
    return role_of(cell).get("grade") is True and not is_answer(cell)


def is_given(cell: NotebookCell) -> bool:
    """Whether it is the course's, to be run and not to be changed."""
    role = role_of(cell)
    return bool(role) and role.get("locked") is True and not is_answer(cell) and not is_test(cell)


def _is_code(cell: NotebookCell) -> bool:
    return cell.get("cell_type") == "code"


def _filled(cell: NotebookCell, answers: Mapping[str, str]) -> NotebookCell:
    name = id_of(cell)
    return {**cell, "source": answers[name]} if name and name in answers and is_answer(cell) else cell
