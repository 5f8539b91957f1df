"""What Cosmos DB says of a query that it does not understand: the sentence, and where in the text."""

import json
import re
from dataclasses import dataclass
from typing import Any

BRACKETS = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True)
class SqlError:
    """A sentence with the service's code, and the place in the query as [start, end) of characters."""

    sentence: str
    at: tuple[int, int] | None


def sql_error(message: str) -> SqlError | None:
    """Of the message of a 400; None when it is about something else.

    The service writes `Message: {"errors":[{"severity":"Error","location":{"start":7,"end":8},"code":"SC1001",
    "message":"Syntax error, incorrect syntax near '*'."}]}`.
    """
    found = BRACKETS.search(message)
    try:
        told = json.loads(found[0]) if found else None
    except (ValueError, RecursionError):
        return None
    errors = told.get("errors") if isinstance(told, dict) else None
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return None
    first = errors[0]
    sentence = ": ".join(str(first[name]) for name in ("code", "message") if first.get(name))
    return SqlError(sentence or message, _place(first.get("location")))


def _place(location: Any) -> tuple[int, int] | None:
    if not isinstance(location, dict):
        return None
    start, end = location.get("start"), location.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end:
        return None
    return start, max(end, start + 1)
