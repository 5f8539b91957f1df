"""Inline constraints of ASP.NET route templates, such as `{id:int:min(1)}`. Pure functions of a segment's text."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from localcloud.messages import _

Test = Callable[[str], bool]

_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*", re.ASCII)
_NUMBER = re.compile(
    r"\s*(?:[+-]?(?:[0-9][0-9,]*\.?[0-9]*|\.[0-9]+)|(?:[0-9][0-9,]*\.?[0-9]*|\.[0-9]+)[+-])\s*", re.ASCII
)
_FLOAT = re.compile(r"\s*(?:[+-]?(?:[0-9][0-9,]*\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|NaN|[+-]?(?:Infinity|∞))\s*", re.I)
_ALPHA = re.compile(r"[a-z]*", re.IGNORECASE | re.ASCII)
_HEX = r"[0-9a-f]"
_DASHED = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_GUID = re.compile(rf"\s*(?:{_HEX}{{32}}|{_DASHED}|\{{{_DASHED}\}}|\({_DASHED}\))\s*", re.IGNORECASE)
_TIME_FORMATS = ("%m/%d/%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y-%m", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%H:%M")


class ConstraintError(ValueError):
    """A constraint is unknown or its arguments are wrong; the text says what to write."""


def constraint(name: str, arguments: str | None) -> Test:
    """The test that constraint `name` with the text between its parentheses (None: it has none) puts a value to.

    ConstraintError when there is no such constraint or its arguments do not fit.
    """
    kind = name.lower()
    if kind in _PLAIN:
        if arguments is not None:
            raise ConstraintError(_wrong_arguments(name, _("{name} takes no arguments").format(name=name)))
        return _PLAIN[kind]
    if kind == "regex":
        return _regex(arguments)
    if kind in _COUNTS:
        return _COUNTS[kind](_whole_numbers(name, arguments, *_ARITY[kind]))
    known = ", ".join(sorted([*_PLAIN, *_COUNTS, "regex"]))
    raise ConstraintError(
        f"The constraint reference '{name}' could not be resolved to a type. "
        + _("Write one of: {known}.").format(known=known)
    )


def _wrong_arguments(name: str, expected: str) -> str:
    return _("The arguments of the constraint '{name}' are wrong: {expected}.").format(name=name, expected=expected)


def _regex(pattern: str | None) -> Test:
    if not pattern:
        raise ConstraintError(_wrong_arguments("regex", _("write regex(PATTERN)")))
    try:
        found = re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConstraintError(
            _wrong_arguments("regex", _("'{pattern}' is no regular expression ({reason})")).format(
                pattern=pattern, reason=error
            )
        ) from error
    return lambda text: found.search(text) is not None


def _whole_numbers(name: str, arguments: str | None, least: int, most: int) -> list[int]:
    parts = (arguments or "").split(",") if arguments is not None else []
    if not least <= len(parts) <= most or not all(_INTEGER.fullmatch(part) for part in parts):
        example = f"{name}({', '.join('5' * most)})"
        raise ConstraintError(
            _wrong_arguments(name, _("write whole numbers, such as {example}").format(example=example))
        )
    return [int(part) for part in parts]


def _between(least: int, most: int, bits: int) -> Test:
    """Whether the text is a whole number of so many bits within the limits."""
    floor, ceiling = -(1 << bits - 1), (1 << bits - 1) - 1
    lowest, highest = max(least, floor), min(most, ceiling)

    def fits(text: str) -> bool:
        return len(text) < 100 and bool(_INTEGER.fullmatch(text)) and lowest <= int(text) <= highest

    return fits


def _is_bool(text: str) -> bool:
    return text.strip().lower() in ("true", "false")


def _is_datetime(text: str) -> bool:
    candidate = text.strip()
    try:
        datetime.fromisoformat(candidate.replace("Z", "+00:00"))
        return True
    except ValueError:
        return any(_has_format(candidate, form) for form in _TIME_FORMATS)


def _has_format(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


_ANY = 1 << 70
_PLAIN: dict[str, Test] = {
    "int": _between(-_ANY, _ANY, 32),
    "long": _between(-_ANY, _ANY, 64),
    "bool": _is_bool,
    "decimal": lambda text: _NUMBER.fullmatch(text) is not None,
    "double": lambda text: _FLOAT.fullmatch(text) is not None,
    "float": lambda text: _FLOAT.fullmatch(text) is not None,
    "guid": lambda text: _GUID.fullmatch(text) is not None,
    "datetime": _is_datetime,
    "alpha": lambda text: _ALPHA.fullmatch(text) is not None,
    "required": lambda text: text != "",
}
_COUNTS: dict[str, Callable[[Sequence[int]], Test]] = {
    "length": lambda given: lambda text: given[0] <= len(text) <= given[-1],
    "minlength": lambda given: lambda text: len(text) >= given[0],
    "maxlength": lambda given: lambda text: len(text) <= given[0],
    "min": lambda given: _between(given[0], _ANY, 64),
    "max": lambda given: _between(-_ANY, given[0], 64),
    "range": lambda given: _between(given[0], given[1], 64),
}
_ARITY = {"length": (1, 2), "minlength": (1, 1), "maxlength": (1, 1), "min": (1, 1), "max": (1, 1), "range": (2, 2)}
