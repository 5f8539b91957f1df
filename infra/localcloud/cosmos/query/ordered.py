"""Queries with ORDER BY: along the index when it has the first property, else by sorting what matches.

Either way rows come in the order that `order` defines, so a page may be made the one way and the next the other.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ..indexing import number
from ..indexing.encoding import LAST, STRING_BYTES, Bounds, encode, is_exact
from ..undefined import UNDEFINED
from .access import FEW, Finder, Seek, Way, batches, best_seek, choose, is_indexed
from .order import Ranked, Ranking
from .question import Question
from .reader import LAST_NUMBER, Entry, Reader, Row, within
from .scope import Segment

if TYPE_CHECKING:
    from ..container import Container

STEP = 128
TOP_TERM = LAST * (STRING_BYTES + 3)
TOP_KEY = LAST * 2
SLACK = 512


class Sorter:
    """Keeps the first `need` of the ranked rows that it is given, in order."""

    def __init__(self, need: int) -> None:
        self._need = need
        self._rows: list[Ranked] = []

    def add(self, rows: list[Ranked]) -> None:
        self._rows += rows
        if len(self._rows) > 2 * self._need + SLACK:
            self._prune()

    def _prune(self) -> None:
        self._rows.sort(key=lambda one: one.key)
        del self._rows[self._need :]

    def result(self) -> list[Ranked]:
        self._prune()
        return self._rows


class Ordered:
    """One execution. `need` is how many rows are wanted, one more than the page may have."""

    def __init__(
        self, container: "Container", question: Question, reader: Reader, segment: Segment, possible: list[Finder],
        points: list[tuple[bytes, str]] | None, need: int,
    ) -> None:  # fmt: skip
        self._container, self._question, self._reader, self._segment = container, question, reader, segment
        self._possible, self._points, self._need = possible, points, need
        self._program = question.program
        self._ranking = Ranking(self._program.order)
        self._position = question.position if question.position and question.position.values is not None else None
        self._after = self._ranking.after(self._position)
        self.walked = False

    async def rows(self) -> AsyncIterator[list[Ranked]]:
        """The rows that follow the position, in order, some at a time."""
        if self._walks():
            self.walked = True
            async for ranked in self._walk():
                yield ranked
            return
        way = choose(self._reader, self._segment, self._possible, self._points, 0)
        sorter = Sorter(self._need)
        async for _until, batch in batches(self._reader, self._segment, way, 0):
            self._question.patience.restart()
            for row in batch:
                sorter.add(self._ranked(row))
        yield sorter.result()

    def _walks(self) -> bool:
        """Whether the index is worth walking: there is one, and no cheaper way to few documents."""
        path = self._program.order[0].path
        if self._points is not None or not is_indexed(self._container, path) or not _names_alone(path):
            return False
        held = self._reader.count(self._segment.spans, FEW)
        _best, fewest = best_seek(self._reader, self._segment, self._others(), held)
        return held >= FEW and fewest >= FEW

    def _others(self) -> list[Seek]:
        path = self._program.order[0].path
        return [one for one in self._possible if isinstance(one, Seek) and one.path != path]

    def _ranked(self, row: Row) -> list[Ranked]:
        """The document's rows beyond the position."""
        question = self._question
        keyed = self._program.keyed_rows(question.loads(row[2]))
        if not keyed:
            return []
        if question.bodies:
            ranked = self._ranking.rank(row, [(keyed[0][0], row[2])])
        else:
            ranked = self._ranking.rank(row, [(values, question.dumps(answer)) for values, answer in keyed])
        return ranked if self._after is None else [one for one in ranked if one.key > self._after]

    async def _walk(self) -> AsyncIterator[list[Ranked]]:
        """The documents without the property come before all others, or after them."""
        self._reader.tally.touch(self._segment.spans)
        path = tuple(map(str, self._program.order[0].path))
        own = [one for one in self._possible if isinstance(one, Seek) and one.path == path]
        backwards = self._ranking.backwards
        start = self._position.values[0] if self._position and self._position.values else None
        if not own and not backwards and (self._position is None or start is UNDEFINED):
            async for ranked in self._group(await self._reader.without(number(path), self._segment.spans), None):
                yield ranked
        if not (backwards and self._position is not None and start is UNDEFINED):
            async for ranked in self._defined(path, own):
                yield ranked
        if not own and backwards:
            async for ranked in self._group(await self._reader.without(number(path), self._segment.spans), None):
                yield ranked

    async def _defined(self, path: tuple[str, ...], own: list[Seek]) -> AsyncIterator[list[Ranked]]:
        """Entry by entry; those whose term does not settle the order, all of one term together."""
        low, high = _limits(own)
        backwards, exact_alone = self._ranking.backwards, len(self._program.order) == 1
        here: Entry = (high + LAST, b"", 0) if backwards else (low, b"", -1)
        end = low if backwards else high
        if self._position is not None and self._position.values and self._position.values[0] is not UNDEFINED:
            here = self._resumed(here, encode(self._position.values[0]), exact_alone)
        while True:
            entries = self._reader.entries(number(path), here, end, self._segment.spans, backwards, STEP)
            if not entries:
                return
            alone = list(takewhile(lambda one: exact_alone and is_exact(one[0]), entries))
            if alone:
                here = alone[-1]
                yield self._in_turn(path, alone)
            else:
                term = entries[0][0]
                here = (term, b"", -1) if backwards else (term, TOP_KEY, LAST_NUMBER)
                numbers = self._reader.sought(number(path), [Bounds(term, term)], self._segment.spans, 0)
                async for ranked in self._group(numbers, term):
                    yield ranked
            await asyncio.sleep(0)

    def _resumed(self, here: Entry, term: bytes, exact_alone: bool) -> Entry:
        """Where to go on after the position's row: at its entry, or at the beginning of its term's."""
        assert self._position is not None
        position = self._position
        if self._ranking.backwards:
            start: Entry = (term, position.epk, position.doc + 1)
            if not (exact_alone and is_exact(term)):
                start = (term, TOP_KEY, LAST_NUMBER)
            return min(here, start)
        start = (term, position.epk, position.doc - 1) if exact_alone and is_exact(term) else (term, b"", -1)
        return max(here, start)

    def _in_turn(self, path: tuple[str, ...], entries: list[Entry]) -> list[Ranked]:
        """The rows of the entries' documents, in the entries' order."""
        self._question.patience.restart()
        documents = within(
            self._reader.numbered([doc for _term, _epk, doc in entries], self._possible), self._segment.spans
        )
        by_number = {row[0]: row for row in documents}
        ranked: list[Ranked] = []
        for term, _epk, doc in entries:
            row = by_number.get(doc)
            # The first value tells an entry of another path whose number is the same by chance.
            ranked += [one for one in self._ranked(row) if _encoded(one.values[0]) == term] if row else []
        return ranked

    async def _group(self, numbers: Any, term: bytes | None) -> AsyncIterator[list[Ranked]]:
        """The rows of documents that must be sorted among themselves, those that are still of the term (None: without
        the property): they may have changed since."""
        sorter = Sorter(self._need)
        async for _until, batch in batches(self._reader, self._segment, Way(numbers, tuple(self._possible)), 0):
            self._question.patience.restart()
            for row in batch:
                sorter.add([one for one in self._ranked(row) if _encoded(one.values[0]) == term])
        yield sorter.result()


def _names_alone(path: Iterable[str | int]) -> bool:
    return all(isinstance(step, str) for step in path)


def _encoded(value: Any) -> bytes | None:
    return None if value is UNDEFINED else encode(value)


def _limits(own: list[Seek]) -> tuple[bytes, bytes]:
    """The lowest and highest term that conditions on the property itself leave; the low above the high for none."""
    low, high = b"", TOP_TERM
    for one in own:
        if not one.bounds:
            return TOP_TERM, b""
        low = max(low, min(each.low for each in one.bounds))
        high = min(high, max(each.high for each in one.bounds))
    return low, high
