"""Binding expressions: `{name}` in a binding's values, filled from what the trigger knows. Pure functions."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localcloud.messages import _

DATETIME_FORMAT = "yyyy-MM-ddTHH-mm-ssK"
ROUND_TRIP_FORMAT = "yyyy-MM-ddTHH:mm:ss.fffffffK"
_TOKEN = re.compile(r"y{2,4}|M{1,4}|d{1,4}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|f{1,7}|tt|K|z{1,3}|'[^']*'|\\.|.", re.DOTALL)


class ExpressionError(ValueError):
    """An expression has no value, or its braces do not close; the invocation fails with this text."""


@dataclass(frozen=True)
class Surroundings:
    """What an expression may ask beside the trigger's data: UTC time, a new GUID's hex digits, the function's name."""

    now: datetime
    guid: Callable[[], str]
    method_name: str


def expand(template: str, data: Mapping[str, Any], around: Surroundings) -> str:
    """`template` with each `{expression}` replaced by its value; `{{` and `}}` are braces.

    Names are found in any case. ExpressionError when one has no value.
    """
    return "".join(_value(part, data, around) if is_expression else part for is_expression, part in _parts(template))


def as_parameters(template: str, data: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """A SQL query with each `{name}` replaced by the parameter `@name`, and the parameters with their values.

    `{query.channel}` becomes `@query_channel`. ExpressionError when one has no value.
    """
    parts, parameters = [], dict[str, Any]()
    for is_expression, part in _parts(template):
        name = "@" + re.sub(r"[.-]", "_", part)
        if is_expression:
            parameters[name] = _member(part, data)
        parts.append(name if is_expression else part)
    return "".join(parts), [{"name": name, "value": value} for name, value in parameters.items()]


def expressions_in(template: str) -> list[str]:
    """The expressions that `template` holds, without their formats."""
    return [part.split(":", 1)[0] for is_expression, part in _parts(template) if is_expression]


def expand_binding(binding: Mapping[str, Any], data: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """The binding with the expressions in its text values replaced. Its name, type, direction and connection stay, and
    its SQL query: what goes in there goes in as parameters."""
    fixed = ("name", "type", "direction", "connection", "sqlQuery")
    return {
        key: expand(value, data, around) if isinstance(value, str) and key not in fixed else value
        for key, value in binding.items()
    }


def body_members(text: str | bytes) -> dict[str, Any]:
    """The members of a JSON object; nothing when `text` is anything else."""
    if text.lstrip()[:1] not in ("{", b"{"):
        return {}
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def http_data(
    route: Mapping[str, Any], query: Mapping[str, str], headers: Mapping[str, str], body: str | bytes
) -> dict[str, Any]:
    """The binding data of an HTTP request: body members, then query and route members over them, `query`, `headers`."""
    return {**body_members(body), **query, **route, "query": dict(query), "headers": dict(headers)}


def _parts(template: str) -> list[tuple[bool, str]]:
    """The template cut into (is an expression, text)."""
    parts: list[tuple[bool, str]] = []
    position = 0
    while position < len(template):
        if template[position : position + 2] in ("{{", "}}"):
            parts.append((False, template[position]))
            position += 2
        elif template[position] == "{":
            end = template.find("}", position)
            if end < 0 or not template[position + 1 : end].strip():
                raise ExpressionError(_malformed(template))
            parts.append((True, template[position + 1 : end].strip()))
            position = end + 1
        elif template[position] == "}":
            raise ExpressionError(_malformed(template))
        else:
            end = min(
                (at for at in (template.find("{", position), template.find("}", position)) if at >= 0), default=-1
            )
            parts.append((False, template[position:] if end < 0 else template[position:end]))
            position = len(template) if end < 0 else end
    return parts


def _malformed(template: str) -> str:
    return f"Invalid template '{template}'. " + _("Every '{{' needs its name and its '}}'.").format()


def _value(expression: str, data: Mapping[str, Any], around: Surroundings) -> str:
    name, _colon, form = expression.partition(":")
    built_in = _built_in(name.strip().lower(), form, around)
    return built_in if built_in is not None else _text(_member(name.strip(), data))


def _built_in(name: str, form: str, around: Surroundings) -> str | None:
    if name in ("rand-guid", "sys.randguid"):
        return guid_text(around.guid(), form)
    if name == "datetime":
        return format_time(around.now, form or DATETIME_FORMAT)
    if name == "sys.utcnow":
        return format_time(around.now, form or ROUND_TRIP_FORMAT)
    return around.method_name if name == "sys.methodname" else None


def _member(path: str, data: Mapping[str, Any]) -> Any:
    first, *rest = path.split(".")
    known = {**_any_case(data), **data}
    if (found := first if first in known else first.lower()) not in known:
        raise ExpressionError(
            f"No value for named parameter '{first}'. "
            + _("This trigger knows: {names}.").format(names=", ".join(sorted(data, key=str.lower)) or "-")
        )
    value = known[found]
    for step in rest:
        members = _any_case(value) if isinstance(value, Mapping) else {}
        if step.lower() not in members:
            raise ExpressionError(f"Error while accessing '{step}': property doesn't exist. " + _in_expression(path))
        value = members[step.lower()]
    if value is None:
        raise ExpressionError(f"No value for named parameter '{path}'. " + _("It is null."))
    return value


def _in_expression(path: str) -> str:
    return _("It is part of the expression {expression}.").format(expression="{" + path + "}")


def _any_case(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in mapping.items()}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False)


def guid_text(digits: str, form: str) -> str:
    """32 hex digits as .NET writes a GUID: D (8-4-4-4-12, the default), N (bare), B ({...}) or P ((...))."""
    bare = digits.replace("-", "")
    dashed = "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
    forms = {"": dashed, "D": dashed, "N": bare, "B": "{" + dashed + "}", "P": f"({dashed})"}
    if form.upper() not in forms:
        raise ExpressionError(f"'{form}' is not a GUID format. Use D, N, B or P.")
    return forms[form.upper()]


def format_time(when: datetime, form: str) -> str:
    """UTC time in a .NET format such as `yyyy-MM-dd` or `HHmmss`."""
    fields = _time_fields(when)
    return "".join(
        token[1:].rstrip("'") if token[0] in "'\\" else fields.get(token, token) for token in _TOKEN.findall(form)
    )


def _time_fields(when: datetime) -> dict[str, str]:
    fraction = f"{when.microsecond:06d}0"
    return {
        "yyyy": f"{when.year:04d}",
        "yy": f"{when.year % 100:02d}",
        "MMMM": when.strftime("%B"),
        "MMM": when.strftime("%b"),
        "MM": f"{when.month:02d}",
        "M": str(when.month),
        "dddd": when.strftime("%A"),
        "ddd": when.strftime("%a"),
        "dd": f"{when.day:02d}",
        "d": str(when.day),
        "HH": f"{when.hour:02d}",
        "H": str(when.hour),
        "hh": f"{(when.hour - 1) % 12 + 1:02d}",
        "h": str((when.hour - 1) % 12 + 1),
        "mm": f"{when.minute:02d}",
        "m": str(when.minute),
        "ss": f"{when.second:02d}",
        "s": str(when.second),
        **{"f" * digits: fraction[:digits] for digits in range(1, 8)},
        "tt": "AM" if when.hour < 12 else "PM",
        "K": "Z",
        "z": "+0",
        "zz": "+00",
        "zzz": "+00:00",
    }
