"""Reading what others send: JSON from apps is hostile until it is read."""

import json
import math
from typing import Any, NoReturn
from urllib.parse import parse_qs


class Malformed(ValueError):
    """Not JSON (or JSON that no parser should follow)."""


def parse(content: bytes | str) -> Any:
    """The JSON value in `content`; Malformed when it is none, is nested too deep, or holds NaN or a number without
    bounds, which would not be JSON when it is sent on."""
    try:
        return json.loads(content, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error


def _refuse(constant: str) -> NoReturn:
    raise Malformed(f"{constant} is not JSON")


def _finite(number: str) -> float:
    value = float(number)
    return value if math.isfinite(value) else _refuse(number)


def challenge_answers(content: bytes) -> list[str]:
    """What an app may have meant as the challenge: its answer as plain text, as a form or as JSON."""
    text = content.decode("utf-8", "replace").strip()
    found = [text, *parse_qs(text, max_num_fields=None).get("challenge", [])]
    try:
        answer = parse(text)
    except Malformed:
        return found
    if isinstance(answer, dict):
        return [*found, str(answer.get("challenge"))]
    return [*found, answer] if isinstance(answer, str) else found
