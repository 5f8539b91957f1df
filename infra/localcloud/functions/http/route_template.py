"""Reading ASP.NET route templates: `orders/{id:int}/{*rest}` into segments of literals and parameters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from localcloud.messages import _

from .route_constraints import ConstraintError, Test, constraint

_BAD_IN_NAME = re.compile(r"[/{}?*]")
_CONSTRAINT = re.compile(r":\s*([^:=()]*)(?:\((.*?)\))?\s*(?=[:=]|$)", re.DOTALL)


class RouteError(ValueError):
    """A route template is malformed; the text says what is wrong and how to mend it."""


@dataclass(frozen=True)
class Literal:
    text: str


@dataclass(frozen=True)
class Parameter:
    """`{name:constraints=default}`, `{name?}` or `{*name}`."""

    name: str
    tests: tuple[Test, ...] = ()
    default: str | None = None
    optional: bool = False
    catch_all: bool = False


Part = Literal | Parameter
Segment = tuple[Part, ...]


def segments_of(template: str) -> list[Segment]:
    """The segments of `template`, in order; RouteError when it is malformed."""
    text = template.removeprefix("~/").strip("/")
    segments = [_segment(template, raw) for raw in _split(template, text)] if text else []
    _check_whole(template, segments)
    return segments


def _error(template: str, reason: str) -> RouteError:
    return RouteError(_("The route template '{template}' is wrong: {reason}").format(template=template, reason=reason))


def _split(template: str, text: str) -> Iterator[list[tuple[bool, str]]]:
    """Each segment as (is a parameter, text); doubled braces are braces, a slash in a parameter separates nothing."""
    segment: list[tuple[bool, str]] = []
    inside, piece, index = False, "", 0
    while index < len(text):
        char = text[index]
        if char in "{}" and text[index : index + 2] == char * 2:
            piece += char
            index += 2
            continue
        if (char == "{") if inside else (char == "}"):
            raise _error(template, _("braces do not match. Every '{{' needs its '}}'.").format())
        if char in "{}":
            segment += [(inside, piece)] if piece or inside else []
            inside, piece = not inside, ""
        elif char == "/" and not inside:
            yield _finished(template, segment, piece)
            segment, piece = [], ""
        else:
            piece += char
        index += 1
    if inside:
        raise _error(template, _("braces do not match. Every '{{' needs its '}}'.").format())
    yield _finished(template, segment, piece)


def _finished(template: str, segment: list[tuple[bool, str]], piece: str) -> list[tuple[bool, str]]:
    whole = [*segment, *([(False, piece)] if piece else [])]
    if not whole:
        raise _error(template, _("it has an empty segment. Write one '/' between segments."))
    return whole


def _segment(template: str, raw: list[tuple[bool, str]]) -> Segment:
    parts: list[Part] = [_parameter(template, text) if inside else _literal(template, text) for inside, text in raw]
    for index, part in enumerate(parts):
        if not isinstance(part, Parameter):
            continue
        if part.catch_all and len(parts) > 1:
            raise _error(template, _("a catch-all parameter stands alone in its segment."))
        if index and isinstance(parts[index - 1], Parameter):
            raise _error(template, _("two parameters need a literal between them, such as {{a}}-{{b}}.").format())
        if part.optional and len(parts) > 1 and not _follows_a_dot(parts, index):
            raise _error(
                template,
                _("an optional parameter in a segment is its last part, after a '.': {{name}}.{{ext?}}").format(),
            )
    return tuple(parts)


def _follows_a_dot(parts: list[Part], index: int) -> bool:
    return 0 < index == len(parts) - 1 and parts[index - 1] == Literal(".")


def _literal(template: str, text: str) -> Literal:
    if "?" in text:
        raise _error(template, _("'?' belongs to a query, not to a route. Read it with req.params."))
    return Literal(text)


def _parameter(template: str, text: str) -> Parameter:
    catch_all = text.startswith("*")
    text = text.removeprefix("*").removeprefix("*") if catch_all else text
    end = min((at for at in (text.find(":"), text.find("=")) if at >= 0), default=len(text))
    name, rest = text[:end].strip(), text[end:]
    optional = text.endswith("?")
    if optional:
        name, rest = (name.removesuffix("?"), rest) if not rest else (name, rest.removesuffix("?"))
    if not name or _BAD_IN_NAME.search(name):
        raise _error(template, _("'{name}' is no name for a parameter.").format(name=text))
    tests, default = _tests_and_default(template, rest)
    if optional and (default is not None or catch_all):
        raise _error(template, _("the parameter '{name}' is optional without its '?'. Take it out.").format(name=name))
    return Parameter(name, tests, default, optional, catch_all)


def _tests_and_default(template: str, rest: str) -> tuple[tuple[Test, ...], str | None]:
    tests: list[Test] = []
    while rest.startswith(":"):
        match = _CONSTRAINT.match(rest)
        if match is None:
            raise _error(template, _("'{text}' is no constraint.").format(text=rest[1:]))
        try:
            tests.append(constraint(match[1].strip(), match[2]))
        except ConstraintError as error:
            raise _error(template, str(error)) from error
        rest = rest[match.end() :]
    return tuple(tests), rest[1:] if rest.startswith("=") else None


def _check_whole(template: str, segments: list[Segment]) -> None:
    seen: set[str] = set()
    for number, segment in enumerate(segments, start=1):
        for part in segment:
            if not isinstance(part, Parameter):
                continue
            if part.name.lower() in seen:
                raise _error(template, _("the parameter '{name}' appears more than once.").format(name=part.name))
            if part.catch_all and number < len(segments):
                raise _error(template, _("the catch-all parameter '{name}' is not last.").format(name=part.name))
            seen.add(part.name.lower())
