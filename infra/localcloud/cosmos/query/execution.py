"""Runs a question over a scope until its page is full."""

import time
from typing import TYPE_CHECKING, Any

from ..errors import bad_request
from ..sql.values import order_key
from . import access, token
from .needle import needle
from .ordered import Ordered
from .page import Page
from .question import Question
from .reader import Reader, Row
from .scope import Scope, Segment, cut, segments, whole
from .tally import Tally

if TYPE_CHECKING:
    from ..container import Container

SECONDS_OF_A_PAGE = 5.0
SECONDS_AFTER_FULL = 0.02  # that a full page looks for one row more, or the next page could be empty


class Execution:
    """One page of one query. `reader.tally` tells afterwards what it took, `walked` whether an index gave the order."""

    def __init__(self, container: "Container", scope: Scope, question: Question) -> None:
        self.question = question
        self.page = Page(most=question.most)
        self._full_since: float | None = None
        self.reader = Reader(container, question.now, Tally(container.partitions), needle(question.program.conditions))
        self.walked = False
        self.possible = access.finders(container, question)
        self._points = access.points_of(container, question)
        self._scope = scope
        self._container = container
        self._program = question.program
        self._position = question.position or token.Token()
        self._emitted, self._passed = self._position.emitted, self._position.passed

    async def run(self) -> Page:
        """The page; CosmosError 400 or SqlError for what only shows while it runs."""
        program = self._program
        if self._left() == 0:
            return self.page
        if program.constant:
            self._answers(list(program.evaluate(())))
        elif program.streaming:
            await self._stream()
        elif program.aggregated or (program.distinct and program.order):
            await self._collect()
        elif program.order:
            await self._in_order()
        else:
            await self._distinct()
        return self.page

    def _left(self) -> int | None:
        """How many rows TOP or LIMIT leaves; None for any number."""
        count = self._program.limit if self._program.top is None else self._program.top
        return None if count is None else max(0, count - self._emitted)

    def _take(self, row: bytes, epk: bytes | None) -> bool:
        """One more row, which OFFSET may swallow; False when it has no room."""
        if self._passed < (self._program.offset or 0):
            self._passed += 1
            return True
        if not self.page.take(row):
            return False
        self._emitted += 1
        if epk is not None:
            self.reader.tally.at(epk).returned_size += len(row)
        return True

    def _ends(self, **where: Any) -> None:
        """The page ends here, and more may follow."""
        end = token.Token(emitted=self._emitted, passed=self._passed, **where)
        self.page.continuation = end.text(self.question.fingerprint)

    async def _stream(self) -> None:
        """Rows document by document."""
        done = _done(self._position) if self.question.position else None
        after, skip = self._position.doc, self._position.row
        for segment in segments(self._scope, done):
            start = after - 1 if skip else after
            way = access.choose(self.reader, segment, self.possible, self._points, start)
            async for until, batch in access.batches(self.reader, segment, way, start, self._need()):
                self.question.patience.restart()
                for row in batch:
                    first = skip if row[0] == after else 0
                    if self._finished(row, segment, first):
                        return
                if self._late():
                    self._ends(doc=until, row=0, low=segment.low, high=segment.high)
                    return
            after, skip = 0, 0

    def _finished(self, row: Row, segment: Segment, first: int) -> bool:
        """Takes a document's rows from number `first` on; True when the query or its page is at its end."""
        for number, text in enumerate(self._rows(row)):
            if number < first:
                continue
            if self._left() == 0:
                return True
            if not self._take(text, row[1]):
                self._ends_before(row, number, segment)
                return True
        return self._left() == 0

    def _ends_before(self, row: Row, number: int, segment: Segment) -> None:
        """The page ends before a document's row of this number."""
        doc = row[0] if number else row[0] - 1
        self._ends(doc=doc, row=number, low=segment.low, high=segment.high)

    def _rows(self, row: Row) -> list[bytes]:
        """What one document answers."""
        question, program = self.question, self._program
        if question.bodies:
            if program.query.where is None or program.matches(question.loads(row[2])):
                return [row[2]]
            return []
        return [question.dumps(answer) for answer in program.rows(question.loads(row[2]))]

    def _late(self) -> bool:
        """Whether the page has taken its time; for one that is full, to look for what follows it."""
        now = time.perf_counter()
        if self.page.full and self._full_since is None:
            self._full_since = now
        waited = self._full_since is not None and now - self._full_since > SECONDS_AFTER_FULL
        return waited or now - self.reader.tally.started > SECONDS_OF_A_PAGE

    async def _in_order(self) -> None:
        """Rows in the order of ORDER BY."""
        need = self._need()
        if self._position.values is not None and any(map(token.is_short, self._position.values)):
            self._position = self._lengthened()
        ordered = Ordered(
            self._container, self.question, self.reader, whole(self._scope), self.possible, self._points, need
        )
        last: dict[str, Any] = {"values": self._position.values, "epk": self._position.epk, "doc": self._position.doc}
        last["row"] = self._position.row
        async for ranked in ordered.rows():
            self.walked = ordered.walked
            for one in ranked:
                if self._left() == 0:
                    return
                if not self._take(one.text, one.epk):
                    self._ends(**last)
                    return
                last = {"values": one.values, "epk": one.epk, "doc": one.doc, "row": one.row + 1}
            if ranked and ordered.walked and self._late():
                self._ends(**last)
                return

    def _need(self) -> int:
        """How many rows can be of use for this page, and one to know that there are more."""
        left, room = self._left(), self.page.most - len(self.page.rows)
        wanted = room if left is None else min(room, left)
        return wanted + max(0, (self._program.offset or 0) - self._passed) + 1

    def _lengthened(self) -> token.Token:
        """The position with the values that were too long for its token, from their document; CosmosError 400 when
        that is gone."""
        position = self._position
        rows = self.reader.numbered([position.doc])
        keyed = self._program.keyed_rows(self.question.loads(rows[0][2])) if rows else []
        if not keyed or any(map(_changed, keyed[0][0], position.values or ())):
            raise bad_request("Invalid Continuation Token: its item has changed. Please start the query again.")
        longer = token.Token(
            position.doc, position.row, position.low, position.high, position.emitted, position.passed, position.epk,
            keyed[0][0],
        )  # fmt: skip
        self.question.position = longer
        return longer

    async def _distinct(self) -> None:
        """Rows document by document, each once: those of earlier pages are made again, to be known."""
        seen: set[Any] = set()
        for segment in self._all_segments():
            way = access.choose(self.reader, segment, self.possible, self._points, 0)
            async for _until, batch in access.batches(self.reader, segment, way, 0):
                self.question.patience.restart()
                for row in batch:
                    if self._new_rows(row, seen, segment):
                        return

    def _all_segments(self) -> list[Segment]:
        """The scope from its beginning, and the segment in which the last page ended as it was then."""
        position = self.question.position
        if position is None:
            return segments(self._scope)
        before = Segment(b"", position.low, cut(self._scope.spans, b"", position.low))
        return [*([before] if before.spans else []), *segments(self._scope, _done(position))]

    def _new_rows(self, row: Row, seen: set[Any], segment: Segment) -> bool:
        """Takes the document's rows that have not been seen; True at the end of the page or the query."""
        for number, answer in enumerate(self._program.rows(self.question.loads(row[2]))):
            key = order_key(answer)
            if key in seen:
                continue
            seen.add(key)
            if self._is_before(row, number):
                continue
            if self._left() == 0:
                return True
            if not self._take(self.question.dumps(answer), row[1]):
                self._ends_before(row, number, segment)
                return True
        return self._left() == 0

    def _is_before(self, row: Row, number: int) -> bool:
        """Whether an earlier page has answered a document's row, if it was new."""
        position = self.question.position
        if position is None or row[1] >= position.high:
            return False
        if row[1] < position.low or row[0] < position.doc:
            return True
        return row[0] == position.doc and (position.row == 0 or number < position.row)

    async def _collect(self) -> None:
        """Answers that need all documents: groups, aggregates, ordered distinct rows. The documents come as one
        segment, so that a split between two pages does not change the answers' order."""
        collector = self._program.collect()
        segment = whole(self._scope)
        way = access.choose(self.reader, segment, self.possible, self._points, 0)
        async for _until, batch in access.batches(self.reader, segment, way, 0):
            self.question.patience.restart()
            for row in batch:
                collector.add(self.question.loads(row[2]))
        self._answers(list(collector.answers()))

    def _answers(self, answers: list[Any]) -> None:
        """Takes answers that are complete, after those of earlier pages."""
        for answer in answers[self._emitted :]:
            if not self.page.take(self.question.dumps(answer)):
                self._ends()
                return
            self._emitted += 1


def _done(position: token.Token) -> Segment:
    return Segment(position.low, position.high, ())


def _changed(now: Any, then: Any) -> bool:
    """Whether a value cannot be the one that a token had no room for."""
    if isinstance(then, str):
        return not (isinstance(now, str) and now.startswith(then))
    return type(now) is not type(then) if token.is_short(then) else order_key(now) != order_key(then)
