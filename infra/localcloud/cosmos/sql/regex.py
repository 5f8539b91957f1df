"""RegexMatch without backtracking: a pattern becomes an automaton whose states are all followed at once.

The sets of states that occur are numbered and their transitions kept in a table, so that a text takes time in its
length whatever the pattern, as RE2 does.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from localcloud.cosmos.sql.errors import SqlError
from localcloud.cosmos.sql.regex_syntax import (
    CLASSES,
    Assertion,
    Character,
    Check,
    Choice,
    Node,
    PatternError,
    Repeat,
    Sequence,
    parse_pattern,
)

# Ours: what a pattern may be, and how many states one text may visit again, before it is refused.
MAX_PATTERN = 2_000
MAX_STATES = 5_000
MAX_STEPS = 1_000_000
MAX_TABLE = 20_000
MODIFIERS = frozenset("msix")
FOUND = -1


@lru_cache(maxsize=128)
def search(pattern: str, modifiers: str = "") -> Callable[[str], bool]:
    """Tells whether `pattern` is found anywhere in a text.

    SqlError when it is none or cannot be matched in bounded time; the function raises it too, for a text that would
    take too long.
    """
    if not set(modifiers) <= MODIFIERS:
        raise SqlError(f"The RegexMatch modifiers '{modifiers}' are invalid: they are of 'm', 's', 'i' and 'x'.")
    if len(pattern) > MAX_PATTERN:
        raise SqlError(f"The RegexMatch pattern is longer than {MAX_PATTERN} characters.")
    try:
        return Automaton(parse_pattern(pattern, frozenset(modifiers))).found
    except PatternError as error:
        raise SqlError(f"The RegexMatch pattern is invalid: {error}.") from None


class Automaton:
    """The states of a pattern: `steps` eat a character, `jumps` go on where their assertion holds."""

    def __init__(self, tree: Node) -> None:
        self.steps: list[tuple[Check, int] | None] = []
        self.jumps: list[list[tuple[str | None, int]]] = []
        self.final = self._state()
        self.start = self._emit(tree, self.final)
        self._forget()

    def found(self, text: str) -> bool:
        """Whether the pattern is found in `text`. SqlError beyond MAX_STEPS new steps."""
        table, self._spent = self._table, 0
        current, before, last = 0, "", len(text) - 1
        for at, character in enumerate(text):
            key = (current, before, character)
            following = table.get(key)
            if following is None or (character == "\n" and at == last):
                following = self._follow(current, before, character, at == last)
                if at != last:
                    table[key] = following
            if following == FOUND:
                return True
            current, before = following, _kind(character)
        return self.final in self._reach(current, before, "", True)

    def _follow(self, current: int, before: str, character: str, last: bool) -> int:
        if len(self._table) > MAX_TABLE:
            current = self._forget(self._sets[current])
        reached = self._reach(current, before, character, last)
        if self.final in reached:
            return FOUND
        return self._number({step[1] for one in reached if (step := self.steps[one]) and step[0](character)})

    def _reach(self, current: int, before: str, after: str, last: bool) -> set[int]:
        """The states that can be had here without eating a character, a new attempt included."""
        reached = {self.start, *self._sets[current]}
        waiting = list(reached)
        while waiting:
            for place, state in self.jumps[waiting.pop()]:
                if state not in reached and (place is None or _holds(place, before, after, last)):
                    reached.add(state)
                    waiting.append(state)
        self._spent += len(reached)
        if self._spent > MAX_STEPS:
            raise SqlError("The RegexMatch pattern takes too long to match.")
        return reached

    def _number(self, states: Iterable[int]) -> int:
        key = frozenset(states)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._sets)
            self._sets.append(key)
        return number

    def _forget(self, kept: frozenset[int] = frozenset()) -> int:
        """Begins a new table; the number in it of the states to go on from."""
        self._table: dict[tuple[int, str, str], int] = getattr(self, "_table", {})
        self._table.clear()
        self._sets: list[frozenset[int]] = []
        self._numbers: dict[frozenset[int], int] = {}
        self._number(())
        return self._number(kept)

    def _state(self, step: tuple[Check, int] | None = None, *jumps: tuple[str | None, int]) -> int:
        if len(self.steps) >= MAX_STATES:
            raise PatternError("its repeats are too large")
        self.steps.append(step)
        self.jumps.append(list(jumps))
        return len(self.steps) - 1

    def _emit(self, node: Node, after: int) -> int:
        """The state where `node` begins when `after` is where it goes on."""
        if isinstance(node, Character):
            return self._state((node.check, after))
        if isinstance(node, Assertion):
            return self._state(None, (node.kind, after))
        if isinstance(node, Sequence):
            for part in reversed(node.parts):
                after = self._emit(part, after)
            return after
        if isinstance(node, Choice):
            return self._state(None, *[(None, self._emit(part, after)) for part in node.parts])
        return self._emit_repeat(node, after)

    def _emit_repeat(self, node: Repeat, after: int) -> int:
        if node.most is None:
            loop = self._state()
            self.jumps[loop] += [(None, self._emit(node.part, loop)), (None, after)]
            current = loop
        else:
            current = after
            for _ in range(node.most - node.least):
                current = self._state(None, (None, self._emit(node.part, current)), (None, after))
        for _ in range(node.least):
            current = self._emit(node.part, current)
        return current


def _kind(character: str) -> str:
    """What assertions need to know of the character before: a new line, a word's or another."""
    return "\n" if character == "\n" else "w" if CLASSES["w"](character) else "-"


def _holds(place: str, before: str, after: str, last: bool) -> bool:
    if place == "start":
        return before == ""
    if place == "line start":
        return before in ("", "\n")
    if place == "very end":
        return after == ""
    if place == "end":
        return after == "" or (after == "\n" and last)
    if place == "line end":
        return after in ("", "\n")
    between = (before == "w") != (after != "" and CLASSES["w"](after))
    return between if place == "boundary" else not between
