"""GitHub's filter patterns for branches, tags and paths.

`*` is anything but a slash, `**` anything; `?` and `+` are about the character before them; `[a-z]` is one of these;
`!` in front takes back what an earlier pattern has matched. The last pattern that matches decides.

Names are matched by following all possible places at once: a regular expression with many stars could take for ever.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from localcloud.messages import _

ANY, NO_SLASH = ".", "[^/]"


class PatternError(ValueError):
    """Not a filter pattern; the text says why."""


@dataclass(frozen=True)
class Part:
    """Characters of a pattern."""

    characters: str  # which ones: a regular expression of one character
    optional: bool = False  # there may be none
    repeated: bool = False  # there may be several
    skips: int = 1  # how many parts are absent with it, when it is

    def takes(self, character: str) -> bool:
        return re.fullmatch(self.characters, character, re.DOTALL) is not None


def matches(patterns: Sequence[str], name: str) -> bool:
    """Whether the patterns, in their order, let the name through; PatternError."""
    found = False
    for pattern in patterns:
        taken_back = pattern.startswith("!")
        if _matches(parts_of(pattern[taken_back:]), name):
            found = not taken_back
    return found


@lru_cache(maxsize=512)
def parts_of(pattern: str) -> tuple[Part, ...]:
    """The parts of a pattern without its `!`; PatternError."""
    parts: list[Part] = []
    at = 0
    while at < len(pattern):
        at = _read(pattern, at, parts)
    return tuple(parts)


def _matches(parts: Sequence[Part], name: str) -> bool:
    places = _with_skipped(parts, {0})
    for character in name:
        following = set()
        for place in places - {len(parts)}:
            if parts[place].takes(character):
                following |= {place, place + 1} if parts[place].repeated else {place + 1}
        places = _with_skipped(parts, following)
    return len(parts) in places


def _with_skipped(parts: Sequence[Part], places: set[int]) -> set[int]:
    """These places, and those behind parts that may be absent."""
    found, new = set(places), list(places)
    while new:
        place = new.pop()
        if place < len(parts) and parts[place].optional and place + parts[place].skips not in found:
            found.add(place + parts[place].skips)
            new.append(place + parts[place].skips)
    return found


def _read(pattern: str, at: int, parts: list[Part]) -> int:
    """Adds what stands at this place, and returns where the next begins."""
    character = pattern[at]
    if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
        anything = Part(ANY, optional=True, repeated=True)
        parts += [Part(ANY, optional=True, skips=3), anything, Part("/")]  # any folders, or none and no slash
        return at + 3
    if character == "*":
        two = pattern.startswith("**", at)
        parts.append(Part(ANY if two else NO_SLASH, optional=True, repeated=True))
        return at + 1 + two
    if character in "?+":
        parts.append(_counted(pattern, character, parts))
        return at + 1
    if character == "[":
        return _read_set(pattern, at, parts)
    if character == "\\":
        if at + 1 == len(pattern):
            raise PatternError(_("'{pattern}' ends with a backslash.").format(pattern=pattern))
        at += 1
    parts.append(Part(re.escape(pattern[at])))
    return at + 1


def _counted(pattern: str, character: str, parts: list[Part]) -> Part:
    """The last part, taken out, as often as `?` or `+` says."""
    if not parts or parts[-1].optional or parts[-1].repeated:
        raise PatternError(
            _("'{pattern}': {character} must come after a character that it is about.").format(
                pattern=pattern, character=character
            )
        )
    return replace(parts.pop(), optional=character == "?", repeated=character == "+")


def _read_set(pattern: str, at: int, parts: list[Part]) -> int:
    end = pattern.find("]", at + 1)
    inside = pattern[at + 1 : end] if end > 0 else ""
    if not re.fullmatch(r"(?:[A-Za-z0-9_.](?:-[A-Za-z0-9])?)+", inside):
        raise PatternError(
            _("'{pattern}': between [ and ] stand letters, digits and ranges such as 0-9.").format(pattern=pattern)
        )
    try:
        re.compile(f"[{inside}]")
    except re.error:
        raise PatternError(_("'{pattern}': a range begins after its end.").format(pattern=pattern)) from None
    parts.append(Part(f"[{inside}]"))
    return end + 1
