"""Reads a regular expression into a tree of nodes: characters, assertions, sequences, choices, repeats.

What only a backtracking matcher can do (back references, looking around, atomic groups) is refused, as is a pattern
that is nested too deeply.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[str], bool]
MAX_NESTING = 60
MAX_REPEAT = 1_000
_QUANTIFIER = re.compile(r"\{(\d{1,6})(?:(,)(\d{0,6}))?\}", re.ASCII)
_FLAGS = re.compile(r"\(\?([msix]+)\)")
_NAME = re.compile(r"\?P?<[A-Za-z_]\w*>", re.ASCII)
_HEX = {"x": 2, "u": 4}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b", "0": "\0"}


class PatternError(ValueError):
    """A pattern that is no regular expression, or one that cannot be matched in bounded time."""


@dataclass(frozen=True)
class Character:
    """One character that `check` accepts."""

    check: Check


@dataclass(frozen=True)
class Assertion:
    """A place: `start`, `end`, `line start`, `line end`, `very end`, `boundary` or `inside`."""

    kind: str


@dataclass(frozen=True)
class Sequence:
    """Parts one after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Choice:
    """One of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Repeat:
    """A part `least` to `most` times; without end when `most` is None."""

    part: "Node"
    least: int
    most: int | None


Node = Character | Assertion | Sequence | Choice | Repeat

CLASSES: dict[str, Check] = {
    "d": str.isdecimal,
    "w": lambda character: character.isalnum() or character == "_",
    "s": str.isspace,
}
_PLACES = {"b": "boundary", "B": "inside", "A": "start", "z": "very end", "Z": "end"}


def parse_pattern(pattern: str, modifiers: frozenset[str] = frozenset()) -> Node:
    """The tree of a pattern. PatternError when it cannot be used."""
    flags = _FLAGS.match(pattern)
    if flags is not None:
        return parse_pattern(pattern[flags.end() :], modifiers | set(flags[1]))
    reader = _Reader(pattern, modifiers)
    tree = reader.choice()
    if reader.at < len(pattern):
        raise PatternError("a closing bracket has no opening one")
    return tree


class _Reader:
    """Recursive descent over the pattern; `at` is the next character."""

    def __init__(self, pattern: str, modifiers: frozenset[str]) -> None:
        self.pattern, self.modifiers, self.at, self.depth = pattern, modifiers, 0, 0

    def choice(self) -> Node:
        """Alternatives up to a closing bracket or the end."""
        parts = [self.sequence()]
        while self.takes("|"):
            parts.append(self.sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def takes(self, text: str) -> bool:
        """Steps over `text` when it comes next."""
        if self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def next(self) -> str:
        """The next character, stepped over."""
        if self.at >= len(self.pattern):
            raise PatternError("it ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def sequence(self) -> Node:
        """Quantified atoms up to `|`, a closing bracket or the end."""
        parts: list[Node] = []
        while self._skip_space() and self.pattern[self.at] not in "|)":
            parts.append(self._quantified(self._atom()))
        return Sequence(tuple(parts))

    def _skip_space(self) -> bool:
        """Steps over space and comments (modifier x); whether anything is left."""
        while "x" in self.modifiers and self.at < len(self.pattern):
            if self.pattern[self.at] == "#":
                end = self.pattern.find("\n", self.at)
                self.at = len(self.pattern) if end < 0 else end
            elif not self.pattern[self.at].isspace():
                break
            else:
                self.at += 1
        return self.at < len(self.pattern)

    def _quantified(self, atom: Node) -> Node:
        while self._skip_space():
            counts = self._counts()
            if counts is None:
                return atom
            if isinstance(atom, Repeat):
                raise PatternError("a quantifier follows a quantifier")
            atom = Repeat(atom, *counts)
            if self.takes("+"):
                raise PatternError("possessive quantifiers are not supported")
            self.takes("?")
        return atom

    def _counts(self) -> tuple[int, int | None] | None:
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.takes(sign):
                return counts
        match = _QUANTIFIER.match(self.pattern, self.at)
        if match is None:
            return None
        self.at = match.end()
        least = int(match[1])
        most = least if match[2] is None else int(match[3]) if match[3] else None
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise PatternError(f"the repeat {match[0]} is out of order or above {MAX_REPEAT}")
        return least, most

    def _atom(self) -> Node:
        sign = self.next()
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._character(self._set())
        if sign == ".":
            return Character((lambda _: True) if "s" in self.modifiers else (lambda character: character != "\n"))
        if sign == "^":
            return Assertion("line start" if "m" in self.modifiers else "start")
        if sign == "$":
            return Assertion("line end" if "m" in self.modifiers else "end")
        if sign == "\\":
            return self._escape()
        if sign in "*+?":
            raise PatternError(f"the quantifier {sign} follows nothing")
        return self._literal(sign)

    def _group(self) -> Node:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise PatternError("it is nested too deeply")
        named = _NAME.match(self.pattern, self.at)
        if named is not None:
            self.at = named.end()
        elif not self.takes("?:") and self.pattern.startswith("?", self.at):
            raise PatternError("only capturing and plain (?:) groups are supported")
        inside = self.choice()
        if not self.takes(")"):
            raise PatternError("a group is not closed")
        self.depth -= 1
        return inside

    def _escape(self) -> Node:
        sign = self.next()
        if sign in _PLACES:
            return Assertion(_PLACES[sign])
        if sign in "123456789k":
            raise PatternError("back references are not supported")
        return self._character(self._escaped(sign))

    def _escaped(self, sign: str) -> Check | str:
        if sign.lower() in CLASSES:
            check = CLASSES[sign.lower()]
            return check if sign.islower() else (lambda character: not check(character))
        if sign in _HEX:
            digits = self.pattern[self.at : self.at + _HEX[sign]]
            if not re.fullmatch(r"[0-9a-fA-F]+", digits) or len(digits) != _HEX[sign]:
                raise PatternError(f"the escape \\{sign} lacks its digits")
            self.at += len(digits)
            return chr(int(digits, 16))
        if sign in _CONTROLS:
            return _CONTROLS[sign]
        if sign.isalnum():
            raise PatternError(f"the escape \\{sign} is not supported")
        return sign

    def _set(self) -> Check:
        negated = self.takes("^")
        checks: list[Check] = []
        singles: set[str] = set()
        first = True
        while first or not self.takes("]"):
            first = False
            low = self._member()
            if not isinstance(low, str):
                checks.append(low)
            elif self.pattern.startswith("-", self.at) and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                checks.append(_range(low, self._member()))
            else:
                singles.add(low)

        def check(character: str) -> bool:
            found = character in singles or any(one(character) for one in checks)
            return found != negated

        return self._folded(check, negated)

    def _member(self) -> Check | str:
        sign = self.next()
        if sign != "\\":
            return sign
        escaped = self.next()
        return "\b" if escaped == "b" else self._escaped(escaped)

    def _folded(self, check: Check, negated: bool) -> Check:
        if "i" not in self.modifiers:
            return check
        if negated:
            return lambda character: check(character.lower()) and check(character.upper())
        return lambda character: check(character) or check(character.lower()) or check(character.upper())

    def _character(self, found: Check | str) -> Node:
        return self._literal(found) if isinstance(found, str) else Character(found)

    def _literal(self, sign: str) -> Node:
        if "i" in self.modifiers and sign.lower() != sign.upper():
            either = frozenset((sign, sign.lower(), sign.upper()))
            return Character(lambda character: character in either)
        return Character(sign.__eq__)


def _range(low: str, high: Check | str) -> Check:
    if not isinstance(high, str) or high < low:
        raise PatternError("a range in brackets is out of order")
    return lambda character: low <= character <= high
