"""A learner's written answer, found in whatever became of the notebook. Nothing of the notebook counts but this."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from autograder.answers.program import answers_in
from autograder.notebookfile import NotANotebook, NotebookCell, cells_of, id_of, role_of, text_of
from localcloud.messages import _

GRADE_ID = "reflection"
PLACEHOLDER = "YOUR ANSWER HERE"
MOST_CHARACTERS = 20_000
STUB = frozenset({"# YOUR CODE HERE", "raise NotImplementedError()", "raise NotImplementedError"})
SOLUTION = re.compile(r"^[^\n]*BEGIN SOLUTION.*?END SOLUTION[^\n]*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class WrittenAnswer:
    """What the learner wrote (None: nothing), and what was odd about the notebook."""

    text: str | None
    notes: tuple[str, ...] = ()


def answer_in(notebooks: dict[str, bytes], name: str, source: Sequence[NotebookCell]) -> WrittenAnswer:
    """The answer in the lab's notebook `name` or, when it is not there, in another one; `source` are the cells as the
    course made them."""
    if not notebooks:
        return WrittenAnswer(None, (_("There is no notebook, so there is no reflection."),))
    order = best_first(notebooks, name, source)
    notes = []
    if order[0] != name:
        notes.append(_("The notebook is called {found}, not {name}.").format(found=order[0], name=name))
    if len(order) > 1:
        notes.append(_("There are {count} notebooks; {name} was read.").format(count=len(order), name=order[0]))
    try:
        cells = cells_of(notebooks[order[0]])
    except NotANotebook as problem:
        return WrittenAnswer(None, (*notes, str(problem)))
    text, more = _answer(cells, source)
    return WrittenAnswer(text, (*notes, *more, *differences(cells, source)))


def in_order(notebooks: Iterable[str], name: str) -> list[str]:
    """The notebooks, most likely the lab's own first."""
    return sorted(notebooks, key=lambda found: (found != name, name not in found, found))


def best_first(notebooks: Mapping[str, bytes], name: str, source: Sequence[NotebookCell]) -> list[str]:
    """The notebooks, the one in which most is answered first; of equal ones, the most likely by its name."""
    order = in_order(notebooks, name)
    if len(order) < 2:
        return order
    return sorted(order, key=lambda found: -_answered(notebooks[found], source))


def _answered(notebook: bytes, source: Sequence[NotebookCell]) -> int:
    """How many of the course's questions are answered in a notebook; -1 when it cannot be read."""
    try:
        cells = cells_of(notebook)
    except NotANotebook:
        return -1
    given = {id: _given_lines(cell) for cell in source if (id := id_of(cell))}
    answers = answers_in(cells, source)
    written = [id for id, text in answers.items() if not _lines(text) <= given.get(id, frozenset())]
    return len(written) + (_answer(cells, source)[0] is not None)


def _given_lines(cell: NotebookCell) -> frozenset[str]:
    """The lines that an answer cell has before anybody answers: those around its solution, and nbgrader's own."""
    text = text_of(cell)
    outside = SOLUTION.sub("", text) if SOLUTION.search(text) else ""
    return _lines(outside) | STUB


def _lines(text: str) -> frozenset[str]:
    return frozenset(stripped for line in text.splitlines() if (stripped := line.strip()))


def differences(cells: Sequence[NotebookCell], source: Sequence[NotebookCell]) -> list[str]:
    """What was changed that must not be; none of it changes a point, as points are those of the lab."""
    wanted = {id: cell for cell in source if role_of(cell).get("grade") and (id := id_of(cell))}
    counted = Counter(id_of(cell) for cell in cells)
    missing = [id for id in wanted if not counted[id]]
    twice = [id for id in wanted if counted[id] > 1]
    unknown = sorted({id for id in counted if id} - {id for cell in source if (id := id_of(cell))})
    inflated = {
        id for cell in cells if (id := id_of(cell)) in wanted and role_of(cell).get("points") != _points(wanted[id])
    }
    found = (
        (missing, _("Cells are missing: {ids}. Their points are given all the same.")),
        (twice, _("Cells are there twice: {ids}.")),
        (unknown, _("Cells have ids that the course did not give: {ids}.")),
        (sorted(inflated), _("Points were changed in {ids}; those of the course count.")),
    )
    return [text.format(ids=_listed(ids)) for ids, text in found if ids]


def _answer(cells: Sequence[NotebookCell], source: Sequence[NotebookCell]) -> tuple[str | None, list[str]]:
    marked = [text for cell in cells if id_of(cell) == GRADE_ID and (text := _written(cell))]
    if marked:
        return _bounded("\n\n".join(marked))
    if any(id_of(cell) == GRADE_ID for cell in cells):
        return None, [_("The reflection is not answered.")]
    found = [text for cell in _after_the_question(cells, source) if (text := _written(cell))]
    if not found:
        return None, [_("There is no reflection in the notebook.")]
    text, notes = _bounded("\n\n".join(found))
    return text, [_("The reflection has lost its id; it was found below its question."), *notes]


def _after_the_question(cells: Sequence[NotebookCell], source: Sequence[NotebookCell]) -> Iterable[NotebookCell]:
    """The text cells below the last text that the course gave before the reflection."""
    given = [text_of(cell).strip() for cell in source if id_of(cell) != GRADE_ID]
    question = given[-1] if given else None
    places = [place for place, cell in enumerate(cells) if text_of(cell).strip() == question]
    below = cells[places[-1] + 1 :] if places else []
    return [cell for cell in below if cell.get("cell_type") in ("markdown", "raw")]


def _written(cell: NotebookCell) -> str:
    text = text_of(cell).strip()
    return "" if text == PLACEHOLDER else text


def _bounded(text: str) -> tuple[str, list[str]]:
    if len(text) <= MOST_CHARACTERS:
        return text, []
    note = _("The reflection has {count} characters; the first {most} are kept.")
    return text[:MOST_CHARACTERS], [note.format(count=len(text), most=MOST_CHARACTERS)]


def _points(cell: NotebookCell) -> object:
    return role_of(cell).get("points")


def _listed(ids: Sequence[str]) -> str:
    shown = ", ".join(ascii(id)[1:-1][:60] for id in ids[:8])
    return f"{shown}, …" if len(ids) > 8 else shown
