"""What a person sees of a graded notebook, in formgrader and in the feedback. Nothing of a learner's is markup here."""

import html
from typing import Any

from autograder.grading.grade import Graded
from autograder.notebook import Note, note_of
from autograder.report import total
from autograder.verdict import ERRORED, CheckResult
from localcloud.messages import _

NOT_MARKUP = str.maketrans({"$": "&#36;", "\\": "&#92;", "\n": "&#10;", "`": "&#96;"})
TYPED = '<div class="tex2jax_ignore mathjax_ignore" style="white-space: pre-wrap; overflow-wrap: anywhere">{text}</div>'
BROKEN = "CampBroken"
NOTES_ID = "camp-notes"


def outputs(result: CheckResult) -> list[dict[str, Any]]:
    """A check cell's outputs: its points, which nbgrader reads, shown as what the learner would have seen."""
    note = note_of(result)
    if result.outcome == ERRORED:
        shown = {"output_type": "display_data", "data": {"text/html": note._repr_html_()}, "metadata": {}}
        return [shown, broken(_("{id} could not be checked.").format(id=result.id))]
    data = {"text/plain": str(result.points), "text/html": note._repr_html_()}
    return [{"output_type": "execute_result", "execution_count": None, "data": data, "metadata": {}}]


def broken(why: str) -> dict[str, Any]:
    """The output of a cell that a person must grade, since we could not."""
    return {"output_type": "error", "ename": BROKEN, "evalue": why, "traceback": [why]}


def typed(text: str) -> str:
    """A learner's text as Markdown that shows it as it was typed: no script, no link, no picture, no formula."""
    return TYPED.format(text=html.escape(text).translate(NOT_MARKUP))


def summary(graded: Graded) -> str:
    """The first cell of a graded notebook, as Markdown: the points, and what was odd."""
    remarks = [text for text in (graded.reason, *graded.notes) if text]
    note = Note(total(graded.verdict), tuple((_("note"), text) for text in remarks))
    return note._repr_html_().translate(NOT_MARKUP)
