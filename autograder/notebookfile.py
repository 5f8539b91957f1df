"""The cells of a notebook file that anybody may have written, in any format, whole or not."""

import json
from typing import Any

from localcloud.messages import _

NotebookCell = dict[str, Any]


class NotANotebook(Exception):
    """The bytes hold no notebook; the text says why."""


def cells_of(data: bytes) -> list[NotebookCell]:
    """The cells of a notebook of any format; NotANotebook when there are none to be had."""
    if not data.strip():
        raise NotANotebook(_("The notebook is empty."))
    try:
        found = json.loads(_decoded(data))
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotANotebook(_("The notebook cannot be read: it is no JSON.")) from error
    if isinstance(found, dict) and isinstance(sheets := found.get("worksheets"), list):  # the format before 2015
        found = {"cells": [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]}
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise NotANotebook(_("The notebook cannot be read: it has no cells."))
    return [cell for cell in found["cells"] if isinstance(cell, dict)]


def text_of(cell: NotebookCell) -> str:
    """A cell's text, in either format; what no file can hold is replaced."""
    source = cell.get("source", cell.get("input", ""))
    joined = "".join(line for line in source if isinstance(line, str)) if isinstance(source, list) else source
    if not isinstance(joined, str):
        return ""
    kept = "".join(char for char in joined if char in "\n\t" or char.isprintable() or char.isspace())
    return kept.encode("utf-8", "replace").decode().replace("\r", "")


def role_of(cell: NotebookCell) -> NotebookCell:
    """What nbgrader keeps of a cell: its id, its points, whether it is graded."""
    metadata = cell.get("metadata")
    role = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return role if isinstance(role, dict) else {}


def id_of(cell: NotebookCell) -> str | None:
    found = role_of(cell).get("grade_id")
    return found if isinstance(found, str) else None


def _decoded(data: bytes) -> str:
    """The text of JSON in UTF-8, -16 or -32, with or without a mark; bytes that are none of these are replaced."""
    return data.decode(json.detect_encoding(data), "replace")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
