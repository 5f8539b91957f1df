"""What an HTTP client sees of what a function returned: the host's half of the http output binding. Pure functions."""

import base64
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from localcloud.messages import _

from .cookies import CookieError, set_cookie

TEXT = "text/plain; charset=utf-8"
JSON = "application/json; charset=utf-8"
SET_BY_THE_SERVER = frozenset({"content-length", "transfer-encoding", "connection"})
WITHOUT_BODY = frozenset({204, 205, 304})
LIST_AS_TEXT = "System.Collections.Generic.List`1[System.Object]"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OCTAL = re.compile(r"-?0[0-7]+")
_HEX = re.compile(r"-?0[xX][0-9a-fA-F]{1,16}")


class AnswerError(ValueError):
    """The function's response cannot be sent; the invocation fails and the client sees 500."""


@dataclass(frozen=True)
class HttpAnswer:
    """Status, headers in order and body, ready to be sent."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def answer_of(kind: str | None, value: Any) -> HttpAnswer:
    """The answer for the http output: `http` (an HttpResponse), `string` (sniffed for JSON), None (never set: 204).

    AnswerError when it cannot be sent.
    """
    if kind is None or value is None:
        return HttpAnswer(204, [], b"")
    if kind == "http":
        return _of_response(value)
    if kind == "string":
        return _of_text(str(value))
    return answer_of_other(kind, value)


def answer_of_other(kind: str | None, value: Any) -> HttpAnswer:
    """The answer when `$return` belongs to another binding, whose value becomes the body: text as it is, else JSON."""
    if kind is None or value is None:
        return HttpAnswer(204, [], b"")
    if kind == "string":
        return HttpAnswer(200, [("Content-Type", TEXT)], _utf8(str(value)))
    if kind == "bytes":
        text = json.dumps(base64.b64encode(value).decode())
    elif kind == "json":
        text = json.dumps(json.loads(value), ensure_ascii=False, separators=(",", ":"))
    else:
        text = json.dumps(value, ensure_ascii=False)
    return HttpAnswer(200, [("Content-Type", JSON)], _utf8(text))


def _of_response(response: Mapping[str, Any]) -> HttpAnswer:
    body = response.get("body") or b""
    headers = _headers(dict(response.get("headers") or {}))
    try:
        cookies = [("Set-Cookie", _checked("Set-Cookie", set_cookie(one))) for one in response.get("cookies") or ()]
    except CookieError as error:
        raise AnswerError(str(error)) from error
    data = body if isinstance(body, bytes) else _utf8(str(body))
    return _answer(_status(response.get("status_code")), [*headers, *cookies], data)


def _of_text(text: str) -> HttpAnswer:
    """A returned `str`: the host reads it as JSON when it can, and writes out what it then holds."""
    try:
        content = _parsed(text)
    except (ValueError, RecursionError):
        return HttpAnswer(200, [("Content-Type", TEXT)], _utf8(text))
    if not isinstance(content, dict) or (body := _member(content, "body", _absent)) is _absent:
        return HttpAnswer(200, [("Content-Type", TEXT)], _utf8(_as_text(content)))
    given = _member(content, "headers", None)
    headers = _headers({key: _as_text(one) for key, one in given.items()} if isinstance(given, dict) else {})
    if not any(name.lower() == "content-type" for name, _value in headers):
        headers.append(("Content-Type", TEXT))
    written = _compact(body) if isinstance(body, dict) else LIST_AS_TEXT if isinstance(body, list) else _as_text(body)
    status = _member(content, "statusCode", _member(content, "status", None))
    return _answer(_status(status), headers, _utf8(written))


def _answer(status: int, headers: list[tuple[str, str]], body: bytes) -> HttpAnswer:
    return HttpAnswer(status, headers, b"" if status in WITHOUT_BODY else body)


_absent = object()


def _member(members: Mapping[str, Any], name: str, default: Any) -> Any:
    """A member whose name is found in any case, as written first of all."""
    if name in members:
        return members[name]
    return next((value for key, value in members.items() if key.lower() == name.lower()), default)


def _parsed(text: str) -> Any:
    """`text` as the host's JSON library reads it: nothing is null, `010` octal, `0x10` hexadecimal. ValueError."""
    stripped = text.strip()
    if not stripped:
        return None
    if _OCTAL.fullmatch(stripped):
        return int(stripped, 8)
    return int(stripped, 16) if _HEX.fullmatch(stripped) else json.loads(stripped)


def _as_text(content: Any) -> str:
    """What .NET's `ToString()` makes of a JSON value."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, dict | list):
        return json.dumps(content, ensure_ascii=False, indent=2)
    return _number(content) if isinstance(content, float) else str(content)


def _compact(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _number(value: float) -> str:
    """A number as .NET writes it: 1.5, 100000, 1E+15, 1E-05."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    power = int(f"{value:e}".split("e")[1])
    if value and not -5 < power < 15:
        digits = repr(abs(value)).split("e")[0].replace(".", "").strip("0")
        shown = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
        return f"{'-' if value < 0 else ''}{shown}E{'+' if power > 0 else '-'}{abs(power):02d}"
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")


def _status(given: Any) -> int:
    """The status given as a number or its text; 200 for anything else, as the host has it."""
    try:
        status = int(str(given)) if not isinstance(given, bool | float) else 200
    except ValueError:
        status = 200
    if not 200 <= status <= 999:
        raise AnswerError(
            _("The function answered with status {status}. Use one from 200 to 599.").format(status=status)
        )
    return status


def _headers(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """The headers that go out, one a name; AnswerError for what HTTP cannot carry."""
    kept: dict[str, tuple[str, str]] = {}
    for name, value in given.items():
        if name.lower() not in SET_BY_THE_SERVER:
            kept.setdefault(name.lower(), (_checked_name(name), _checked(name, str(value))))
    return list(kept.values())


def _checked_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise AnswerError(_("'{name}' is no name for a header. Use letters, digits and '-'.").format(name=name))
    return name


def _checked(name: str, value: str) -> str:
    if bad := _first_bad(value):
        raise AnswerError(
            f"Invalid non-ASCII or control character in header: 0x{ord(bad):04X}. "
            + _("The header is '{name}'; encode its value, for instance with urllib.parse.quote.").format(name=name)
        )
    return value


def _first_bad(characters: Iterable[str]) -> str | None:
    return next((char for char in characters if not (" " <= char <= "~" or char == "\t")), None)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")
