"""Which function answers a request: routes in function-name order, the first that matches wins."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from .route_template import Literal, Parameter, RouteError, Segment, segments_of

__all__ = ["HttpFunction", "Route", "RouteError", "RouteTable", "clashes", "decoded", "parse_route"]

_ENCODED_SLASH = re.compile(r"%2f", re.IGNORECASE)


@dataclass(frozen=True)
class Route:
    """A parsed route template. Make one with `parse_route`."""

    template: str
    _pattern: re.Pattern[str] = field(repr=False, compare=False)
    _groups: tuple[Parameter, ...] = field(repr=False, compare=False)

    def match(self, path: str) -> dict[str, str] | None:
        """The route's parameters in `path` (after the prefix, still percent-encoded); None when it does not match.

        Unset optional parameters are absent. Case and a trailing slash do not matter.
        """
        return self.match_decoded(decoded(path).removeprefix("/"))

    def match_decoded(self, path: str) -> dict[str, str] | None:
        """As `match`, for a path that `decoded` has been through and that has no leading slash."""
        found = self._pattern.match(path)
        if found is None:
            return None
        values: dict[str, str] = {}
        for parameter, text in zip(self._groups, found.groups(), strict=True):
            if text:
                values[parameter.name] = text
            elif parameter.default is not None:
                values.setdefault(parameter.name, parameter.default)
        for parameter in self._groups:
            if parameter.tests and (value := values.get(parameter.name)) is not None:  # noqa: SIM102
                if not all(test(value) for test in parameter.tests):
                    return None
        return values


@dataclass(frozen=True)
class HttpFunction:
    """A function that HTTP triggers: `methods` in upper case, None for all; `auth_level` in upper case."""

    name: str
    route: Route
    methods: frozenset[str] | None
    auth_level: str


class RouteTable:
    """The routes of an app below `prefix` (`extensions.http.routePrefix`; may be empty)."""

    def __init__(self, functions: Iterable[HttpFunction], prefix: str = "api") -> None:
        self._functions = sorted(functions, key=lambda function: function.name.lower())
        self._prefix = prefix.strip("/").lower()

    def find(self, method: str, path: str) -> tuple[HttpFunction, dict[str, str]] | None:
        """The function that answers `method` on the URL path `path` (percent-encoded), and its route parameters.

        None when there is none: the answer is 404, also when only the method differs.
        """
        rest = self._below_prefix(decoded(path).removeprefix("/"))
        if rest is None:
            return None
        method = method.upper()
        for function in self._functions:
            if function.methods is None or method in function.methods:
                parameters = function.route.match_decoded(rest)
                if parameters is not None:
                    return function, parameters
        return None

    def _below_prefix(self, path: str) -> str | None:
        if not self._prefix:
            return path
        end = len(self._prefix)
        if path[:end].lower() != self._prefix or path[end : end + 1] not in ("", "/"):
            return None
        return path[end + 1 :]


@lru_cache(maxsize=512)
def parse_route(template: str) -> Route:
    """The route that an ASP.NET template describes; RouteError tells what is wrong with it."""
    segments = segments_of(template)
    pattern, groups = _compiled(segments)
    return Route(template, re.compile(rf"{pattern}/?\Z", re.IGNORECASE | re.DOTALL), groups)


def decoded(path: str) -> str:
    """`path` with percent-escapes decoded as the web server does: `%2F` stays, so does what is not UTF-8."""
    if "%" not in path:
        return path
    try:
        return unquote_to_bytes(_ENCODED_SLASH.sub("%252F", path)).decode()
    except UnicodeDecodeError:
        return path


def clashes(functions: Iterable[HttpFunction]) -> dict[str, str]:
    """For each function whose route and methods an earlier one (in name order) has taken: the host's error."""
    taken: list[HttpFunction] = []
    found: dict[str, str] = {}
    for function in sorted(functions, key=lambda function: function.name.lower()):
        other = next((earlier for earlier in taken if _clash(earlier, function)), None)
        if other:
            found[function.name] = f"The route specified conflicts with the route defined by function '{other.name}'."
        else:
            taken.append(function)
    return found


def _clash(one: HttpFunction, other: HttpFunction) -> bool:
    if one.route.template.strip("/").lower() != other.route.template.strip("/").lower():
        return False
    return one.methods is None or other.methods is None or bool(one.methods & other.methods)


def _compiled(segments: list[Segment]) -> tuple[str, tuple[Parameter, ...]]:
    """One regular expression for a whole path, and the parameter of each of its groups."""
    pattern, open_groups = "", 0
    groups: list[Parameter] = []
    for index, segment in enumerate(segments):
        slash = "/" if index else ""
        text, found = _segment_pattern(segment)
        if all(_may_be_absent(later) for later in segments[index:]):
            pattern += f"(?:{slash}{text}"
            open_groups += 1
        else:
            pattern += slash + text
        groups += found
    return pattern + ")?" * open_groups, tuple(groups)


def _may_be_absent(segment: Segment) -> bool:
    part = segment[0]
    if len(segment) > 1 or isinstance(part, Literal):
        return False
    return part.optional or part.catch_all or part.default is not None


def _segment_pattern(segment: Segment) -> tuple[str, list[Parameter]]:
    last = segment[-1]
    if len(segment) > 1 and isinstance(last, Parameter) and last.optional:
        whole, groups = _parts_pattern(segment)
        without, fewer = _parts_pattern(segment[:-2])
        return rf"(?:{whole}|{without}(?<!\.))", groups + fewer
    return _parts_pattern(segment)


def _parts_pattern(parts: Segment) -> tuple[str, list[Parameter]]:
    pattern = "".join(
        re.escape(part.text) if isinstance(part, Literal) else "(.*)" if part.catch_all else "([^/]+)" for part in parts
    )
    return pattern, [part for part in parts if isinstance(part, Parameter)]
