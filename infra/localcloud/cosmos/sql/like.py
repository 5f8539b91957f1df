"""LIKE: `%` any text, `_` one character, `[abc]`, `[a-z]`, `[^a-z]` one of a set; matched without backtracking.

A pattern is cut at its `%`; each part has a fixed length, and is looked for at the first place after the part before
it. So the work is at most the text's length times the pattern's.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from localcloud.cosmos.sql.errors import SqlError

Matcher = Callable[[str], bool]
# Ours: what a pattern may be, and the comparisons of one text, which are about a second's.
MAX_PATTERN = 10_000
MAX_WORK = 200_000_000


@lru_cache(maxsize=64)
def matcher(pattern: str, escape: str | None = None) -> Matcher:
    """Tells whether a whole text is like `pattern`. SqlError for one that is too long, or too long for its text."""
    if len(pattern) > MAX_PATTERN:
        raise SqlError(f"The LIKE pattern is longer than {MAX_PATTERN} characters.")
    matches = _matcher([re.compile(part, re.DOTALL) for part in _parts(pattern, escape)])
    longest = MAX_WORK // (len(pattern) + 1)

    def bounded(text: str) -> bool:
        if len(text) > longest:
            raise SqlError("The LIKE pattern is too long for a text of this length.")
        return matches(text)

    return bounded


def _matcher(parts: list[re.Pattern[str]]) -> Matcher:
    if len(parts) == 1:
        return lambda text: parts[0].fullmatch(text) is not None
    first, *middle, last = parts
    length = _length(last.pattern)

    def matches(text: str) -> bool:
        found = first.match(text)
        for part in middle:
            if found is None:
                return False
            found = part.search(text, found.end())
        if found is None:
            return False
        start = len(text) - length
        return start >= found.end() and last.match(text, start) is not None

    return matches


def _parts(pattern: str, escape: str | None) -> list[str]:
    """Regular expressions of the parts between `%`; each is a row of single characters and sets."""
    parts, at = [""], 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == escape and at + 1 < len(pattern):
            parts[-1] += re.escape(pattern[at + 1])
            at += 2
            continue
        closing = pattern.find("]", at + 2) if sign == "[" else -1
        if closing > 0:
            parts[-1] += _set(pattern[at + 1 : closing])
            at = closing
        elif sign == "%":
            parts.append("")
        else:
            parts[-1] += "." if sign == "_" else re.escape(sign)
        at += 1
    return parts


def _set(inside: str) -> str:
    negated = inside.startswith("^") and len(inside) > 1
    members = inside[1:] if negated else inside
    ranges, at = "", 0
    while at < len(members):
        if at + 2 < len(members) and members[at + 1] == "-":
            low, high = sorted((members[at], members[at + 2]))
            ranges += f"{re.escape(low)}-{re.escape(high)}"
            at += 3
        else:
            ranges += re.escape(members[at])
            at += 1
    return f"[{'^' if negated else ''}{ranges}]"


_ONE = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\.|.", re.DOTALL)


def _length(part: str) -> int:
    """How many characters a part takes."""
    return len(_ONE.findall(part))
