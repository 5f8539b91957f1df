"""`Reader`: the finished SELECTs of one query. Each is short, and none stays open while others write."""

import asyncio
import time
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from ..indexing.encoding import LAST, Bounds
from .scope import Span
from .tally import Tally

if TYPE_CHECKING:
    from ..container import Container
    from .access import Finder

Row = tuple[int, bytes, bytes]
Entry = tuple[bytes, bytes, int]
TERMS_TOGETHER = 2000
TOGETHER = 128  # documents fetched by their numbers in one SELECT
SPAN = "epk>=? AND epk<?"
LIVE = "(expires IS NULL OR expires>?)"
LAST_NUMBER = (1 << 63) - 1


class Reader:
    """Reads documents, `(number, effective key, body)`, that have not expired at `now`, and index entries,
    `(term, effective key, number)`. Documents without the `needle` are loaded, but not given."""

    def __init__(self, container: "Container", now: float, tally: Tally, needle: bytes | None = None) -> None:
        self.tally = tally
        self.last = container.last_doc
        self._execute = container.store.execute
        self._now = now
        self._needle = needle
        self._docs, self._terms = f"docs_{container.number}", f"terms_{container.number}"

    def numbered(self, numbers: Sequence[int], finders: Sequence["Finder"] = ()) -> list[Row]:
        """Documents by their numbers, in the order of these; those alone that the finders find."""
        found: list[Row] = []
        started = time.perf_counter()
        marks = ",".join("?" * TOGETHER)
        sql = f"SELECT doc,epk,body FROM {self._docs} WHERE doc IN ({marks}) AND {LIVE} ORDER BY doc"
        for start in range(0, len(numbers), TOGETHER):
            part = list(numbers[start : start + TOGETHER])
            part += [part[-1]] * (TOGETHER - len(part))
            found += self._execute(sql, (*part, self._now)).fetchall()
        return self._loaded(found, finders, started)

    def window(self, after: int, until: int, span: Span, finders: Sequence["Finder"] = ()) -> list[Row]:
        """Documents numbered from above `after` to `until`, in a span; those alone that the finders find."""
        started = time.perf_counter()
        sql = f"SELECT doc,epk,body FROM {self._docs} WHERE doc>? AND doc<=? AND {SPAN} AND {LIVE} ORDER BY doc"
        found: list[Row] = self._execute(sql, (after, until, *span, self._now)).fetchall()
        return self._loaded(found, finders, started)

    def _loaded(self, rows: list[Row], finders: Sequence["Finder"], started: float) -> list[Row]:
        if finders:
            rows = [row for row in rows if _is_found(orjson.loads(row[2]), finders)]
        self.tally.load(rows, time.perf_counter() - started)
        needle = self._needle
        return rows if needle is None else [row for row in rows if needle in row[2]]

    def points(self, keys: Iterable[tuple[bytes, str]]) -> "array[int]":
        """The numbers of the documents with these effective keys and ids, sorted."""
        sql = f"SELECT doc FROM {self._docs} WHERE epk=? AND id=?"
        found = (self._execute(sql, key).fetchone() for key in keys)
        return array("q", sorted({row[0] for row in found if row}))

    def count(self, spans: Iterable[Span], most: int) -> int:
        """How many documents the spans hold, expired ones too; no more than `most` are counted."""
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {self._docs} WHERE {SPAN} LIMIT ?)"
        return self._counted(sql, spans, most)

    def listed(self, spans: Iterable[Span], after: int) -> "array[int]":
        """The numbers, above `after`, of all documents in the spans, sorted."""
        sql = f"SELECT doc FROM {self._docs} WHERE {SPAN} AND doc>?"
        rows = (row for span in spans for row in self._execute(sql, (*span, after)).fetchall())
        return array("q", sorted(row[0] for row in rows))

    def count_terms(self, path: int, bounds: Iterable[Bounds], spans: Sequence[Span], most: int) -> int:
        """How many entries of a path are within bounds, and for single terms within the spans too, up to `most`."""
        started = time.perf_counter()
        total = 0
        for one in bounds:
            if total >= most:
                break
            some = f"SELECT count(*) FROM (SELECT 1 FROM {self._terms} WHERE path=? AND"
            if one.single:
                sql = f"{some} term=? AND {SPAN} LIMIT ?)"
                total += self._counted(sql, spans, most - total, (path, one.low))
            else:
                sql = f"{some} term>=? AND term<=? LIMIT ?)"
                total += self._execute(sql, (path, one.low, one.high, most - total)).fetchone()[0]
        self.tally.lookups += time.perf_counter() - started
        return total

    def _counted(self, sql: str, spans: Iterable[Span], most: int, before: tuple[Any, ...] = ()) -> int:
        total = 0
        for span in spans:
            if total >= most:
                break
            total += self._execute(sql, (*before, *span, most - total)).fetchone()[0]
        return total

    def sought(self, path: int, bounds: Iterable[Bounds], spans: Sequence[Span], after: int) -> "array[int]":
        """The numbers, above `after`, of the documents with entries of a path within bounds, sorted."""
        started = time.perf_counter()
        found: set[int] = set()
        for one in bounds:
            test = "term=?" if one.single else "term>=? AND term<=?"
            terms = (one.low,) if one.single else (one.low, one.high)
            sql = f"SELECT doc FROM {self._terms} WHERE path=? AND {test} AND {SPAN} AND doc>?"
            for span in spans:
                found.update(row[0] for row in self._execute(sql, (path, *terms, *span, after)).fetchall())
        self.tally.lookups += time.perf_counter() - started
        return array("q", sorted(found))

    def entries(
        self, path: int, start: Entry, end: bytes, spans: Sequence[Span], descending: bool, most: int
    ) -> list[Entry]:
        """Entries of a path beyond `start` (the term, then the effective key, then the number) up to term `end`.

        They may lie between the spans; see `within`.
        """
        started = time.perf_counter()
        if descending:
            test, order = "(term,epk,doc)<(?,?,?) AND term>=?", "term DESC,epk DESC,doc DESC"
        else:
            test, order = "(term,epk,doc)>(?,?,?) AND term<=?", "term,epk,doc"
        where = f"path=? AND {test} AND {SPAN}"
        sql = f"SELECT term,epk,doc FROM {self._terms} WHERE {where} ORDER BY {order} LIMIT ?"
        ends = (spans[0][0], spans[-1][1])
        found: list[Entry] = self._execute(sql, (path, *start, end, *ends, most)).fetchall()
        self.tally.lookups += time.perf_counter() - started
        return found

    async def without(self, path: int, spans: Sequence[Span]) -> "array[int]":
        """The numbers of the documents that have no entry of a path, sorted; mostly there are none."""
        docs = f"SELECT count(*) FROM {self._docs} WHERE {SPAN}"
        terms = f"SELECT count(*) FROM {self._terms} WHERE path=? AND {SPAN}"
        found = array("q")
        for span in spans:
            if self._execute(docs, span).fetchone() != self._execute(terms, (path, *span)).fetchone():
                having = await self._having(path, span)
                found.extend(doc for doc in self.listed([span], 0) if doc >= len(having) or not having[doc])
        return array("q", sorted(found))

    async def _having(self, path: int, span: Span) -> bytearray:
        """For each document number whether there is an entry of a path."""
        having = bytearray(self.last + 1)
        here: Entry = (b"", b"", -1)
        while entries := self.entries(path, here, LAST * 2, [span], False, TERMS_TOGETHER):
            for _term, _epk, doc in entries:
                if doc < len(having):
                    having[doc] = 1
            here = entries[-1]
            await asyncio.sleep(0)
        return having


def _is_found(document: Any, finders: Sequence["Finder"]) -> bool:
    return all(one.finds(document) for one in finders)


def within(rows: list[Row], spans: Sequence[Span]) -> list[Row]:
    """Those rows whose effective keys lie in one of the sorted spans."""
    if len(spans) == 1:
        low, high = spans[0]
        return [row for row in rows if low <= row[1] < high]
    starts = [low for low, _ in spans]
    return [row for row in rows if (at := bisect_right(starts, row[1])) and row[1] < spans[at - 1][1]]
