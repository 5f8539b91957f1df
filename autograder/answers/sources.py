"""Where notebooks come from: the course's own, a learner's, and those that are made of a solution's `answers.py`.

`answers.py` holds answer cells as percent scripts do: after a line `# %% the-id` comes the cell with that id.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from autograder import project
from autograder.answers.program import answer_ids, filled
from autograder.facts import LabError
from autograder.lab import Lab
from autograder.notebookfile import NotANotebook, NotebookCell, cells_of
from localcloud.messages import _

ANSWERS = "answers.py"
_MARK = re.compile(r"^# %% *(.*)$", re.MULTILINE)


def course_notebook(lab: Lab) -> Path:
    """The lab's notebook as the course has it."""
    return project.content("notebooks") / lab.name / f"{lab.name}.ipynb"


def source_cells(lab: Lab) -> list[NotebookCell]:
    """The cells of the lab's notebook as the course has it; none when the lab has no notebook."""
    try:
        return cells_of(course_notebook(lab).read_bytes())
    except (OSError, NotANotebook):
        return []


def notebook_in(lab: Lab, app: Path) -> bytes | None:
    """The notebook in the folder `app`: the file, else one made of `answers.py`; None when there is neither."""
    file = app / f"{lab.name}.ipynb"
    if file.is_file() and not file.is_symlink():
        return file.read_bytes()
    return notebook_of(lab, answers_of(app / ANSWERS)) if (app / ANSWERS).is_file() else None


def notebook_of(lab: Lab, answers: Mapping[str, str]) -> bytes:
    """The course's notebook with these answers in it, by the ids of the cells; LabError when one has no cell."""
    notebook = json.loads(course_notebook(lab).read_bytes())
    if unknown := sorted(answers.keys() - set(answer_ids(notebook["cells"]))):
        file = course_notebook(lab)
        raise LabError(_("{file} has no answer cell {ids}").format(file=file, ids=", ".join(unknown)))
    return json.dumps({**notebook, "cells": filled(notebook["cells"], answers)}, ensure_ascii=False).encode()


def answers_of(script: Path) -> dict[str, str]:
    """The cells of a percent script by their ids."""
    parts = _MARK.split(script.read_text("utf-8"))[1:]
    return {name.strip(): text.strip() + "\n" for name, text in zip(parts[::2], parts[1::2], strict=True)}
