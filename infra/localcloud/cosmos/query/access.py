"""Which way to a segment's documents: by ids, by an index, by the keys, or all one after another.

Every way gives the documents in the order of their numbers, and no way decides what matches: that is the program's.
So the ways may change between two pages of one query.

Azure intersects what its indexes find for the terms that AND joins, unites it for OR, and loads only the documents that
are left: more are retrieved than returned only where a term cannot use an index (learn.microsoft.com/azure/cosmos-db/
nosql/troubleshoot-query-performance). Here one index leads to the documents and the other finders drop those of no
use before they count as loaded, so that every way costs the same.
"""

import asyncio
from array import array
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import sql
from ..indexing import ELEMENT, Path, number
from ..indexing.encoding import Bounds, bounds, encode
from ..sql.conditions import condition_of, root_path, terms_of
from ..sql.syntax import Call, Chain, Expression, Literal, Parameter
from ..undefined import UNDEFINED
from .computed import HIDDEN
from .question import Question
from .reader import Reader, Row, within
from .scope import Scope, Segment, Span, crossed

if TYPE_CHECKING:
    from ..container import Container

FEW = 5000  # documents that are sooner listed and sorted than walked to
SELECTIVE = 20_000  # documents beyond which their numbers are no longer listed before they are read
AT_ONCE = 128  # documents that are read before others have their turn
WINDOW = 256


@dataclass(frozen=True)
class Seek:
    """What the index may be asked: entries of `path` within any of `bounds`."""

    path: Path
    bounds: tuple[Bounds, ...]

    def finds(self, document: Any) -> bool:
        """Whether one of the document's entries is within the bounds."""
        terms = map(encode, _values(document, self.path))
        return any(one.low <= term <= one.high for term in terms for one in self.bounds)


def _values(value: Any, path: Path) -> list[Any]:
    """The values at a path, of which an array may have several."""
    found = [value]
    for step in path:
        if step == ELEMENT:
            found = [inner for one in found if isinstance(one, list) for inner in one]
        else:
            found = [one[step] for one in found if isinstance(one, dict) and step in one]
    return found


@dataclass(frozen=True)
class Union:
    """What OR joins: documents that all finders of one of the branches find."""

    branches: "tuple[tuple[Finder, ...], ...]"

    def finds(self, document: Any) -> bool:
        return any(all(one.finds(document) for one in branch) for branch in self.branches)


Finder = Seek | Union


def finders(container: "Container", question: Question) -> list[Finder]:
    """The conditions of a query that the container's index can serve."""
    return _joined([one for term in terms_of(question.query) for one in _finders(container, question, term)])


def _joined(found: list[Finder]) -> list[Finder]:
    """With one seek in place of several of a path: `>=` and `<` are a range. Not within arrays, which have several
    entries, each of which may meet another term."""
    others: list[Finder] = []
    seeks: dict[Path, Seek] = {}
    for one in found:
        if not isinstance(one, Seek) or ELEMENT in one.path:
            others.append(one)
        elif (known := seeks.get(one.path)) is None:
            seeks[one.path] = one
        else:
            both = (Bounds(max(a.low, b.low), min(a.high, b.high)) for a in known.bounds for b in one.bounds)
            seeks[one.path] = Seek(one.path, tuple(each for each in both if each.low <= each.high))
    return [*seeks.values(), *others]


def _finders(container: "Container", question: Question, node: Expression) -> list[Finder]:
    """Those of a term; none when there is no index for it, or for a branch of it."""
    if isinstance(node, Chain) and node.operator == "OR":
        branches = tuple(tuple(_finders(container, question, term)) for term in node.terms)
        return [Union(branches)] if all(branches) else []
    if isinstance(node, Chain) and node.operator == "AND":
        return [one for term in node.terms for one in _finders(container, question, term)]
    found = _condition(question, node)
    if found is None or not is_indexed(container, found[0]):
        return []
    limits = bounds(found[1], found[2])
    return [] if limits is None else [Seek(found[0], tuple(limits))]


def is_indexed(container: "Container", path: Sequence[str | int]) -> bool:
    """Whether the index has all values at a path: not while it is built, and never those of computed properties."""
    first = path[0]
    hidden = isinstance(first, str) and first.startswith(HIDDEN)
    return container.indexed and not hidden and container.index.holds(path)


def _condition(question: Question, node: Expression) -> tuple[Path, str, tuple[Any, ...]] | None:
    """The path, operator and values of a term about one path; None for any other."""
    if isinstance(node, Call) and node.name.upper() == "ARRAY_CONTAINS" and len(node.arguments) == 2:
        return _contained(question, node)
    found = condition_of(question.query, node, question.parameters)
    if found is None or not all(isinstance(step, str) for step in found.path):
        return None
    return tuple(map(str, found.path)), found.op, found.values


def _contained(question: Question, node: Call) -> tuple[Path, str, tuple[Any, ...]] | None:
    """`ARRAY_CONTAINS(c.tags, "x")` as a condition on the elements."""
    path, wanted = root_path(question.query, node.arguments[0]), node.arguments[1]
    if not path or not all(isinstance(step, str) for step in path):
        return None
    if isinstance(wanted, Literal):
        value = wanted.value
    elif isinstance(wanted, Parameter):
        value = question.parameters.get(wanted.name, UNDEFINED)
    else:
        return None
    if value is UNDEFINED or isinstance(value, list | dict):
        return None
    return (*map(str, path), ELEMENT), "=", (value,)


@dataclass
class Way:
    """How a segment is read: the numbers of its documents, or None for all one after another, and the finders that
    have not been used for it yet."""

    numbers: "array[int] | None"
    others: tuple[Finder, ...] = ()


def choose(
    reader: Reader, segment: Segment, possible: list[Finder], points: list[tuple[bytes, str]] | None, after: int
) -> Way:
    """The way to the documents numbered above `after`."""
    reader.tally.touch(segment.spans)
    if points is not None:
        numbers = _above(reader.points(one for one in points if segment.holds(one[0])), after)
        return Way(numbers, tuple(possible))
    held = reader.count(segment.spans, SELECTIVE)
    best, fewest = best_seek(reader, segment, possible, held)
    if best is not None and (fewest < held or held >= SELECTIVE):
        others = tuple(one for one in possible if one is not best)
        return Way(reader.sought(number(best.path), best.bounds, segment.spans, after), others)
    return Way(None if held >= SELECTIVE else reader.listed(segment.spans, after), tuple(possible))


def best_seek(reader: Reader, segment: Segment, possible: Sequence[Finder], held: int) -> tuple[Seek | None, int]:
    """The most selective seek and how many entries it has; None when none has less than `held`."""
    best, fewest = None, held
    for one in possible:
        if not isinstance(one, Seek):
            continue
        count = reader.count_terms(number(one.path), one.bounds, segment.spans, fewest)
        if count < fewest:
            best, fewest = one, count
    return best, fewest


def _above(numbers: "array[int]", after: int) -> "array[int]":
    return numbers[bisect_right(numbers, after) :]


async def batches(
    reader: Reader, segment: Segment, way: Way, after: int, need: int = AT_ONCE
) -> AsyncIterator[tuple[int, list[Row]]]:
    """The segment's documents numbered above `after`, some at a time, and up to which number these go; other requests
    have their turn in between. Who needs only a few gets no more at first: what is loaded is charged."""
    if way.numbers is not None:
        start, size = 0, min(need, AT_ONCE)
        while part := way.numbers[start : start + size]:
            yield part[-1], within(reader.numbered(part, way.others), segment.spans)
            start, size = start + size, min(2 * size, AT_ONCE)
            await asyncio.sleep(0)
        return
    span = (segment.spans[0][0], segment.spans[-1][1])
    last, size = reader.last, min(need, WINDOW)
    while after < last:
        until = min(last, after + size)
        size = min(2 * size, WINDOW)
        yield until, within(reader.window(after, until, span, way.others), segment.spans)
        after = until
        await asyncio.sleep(0)


def points_of(container: "Container", question: Question) -> list[tuple[bytes, str]] | None:
    """The effective keys and ids of the only documents that can match; None when the query does not name them."""
    paths: list[Any] = [*container.key.steps, ("id",)]
    keys = sql.key_values(question.query, paths, question.parameters)
    if keys is None or any(len(key) < len(paths) or not _scalars(key) for key in keys):
        return None
    return sorted({(container.key.epk(key[:-1]), key[-1]) for key in keys if isinstance(key[-1], str)})


def key_spans(container: "Container", question: Question) -> list[Span] | None:
    """The effective keys of the documents that can match, from what the query says of the partition key; None for
    all of them."""
    keys = _keys(container, question)
    return None if keys is None else sorted({container.key.span(key) for key in keys})


def narrowed(container: "Container", scope: Scope, question: Question) -> Scope:
    """The scope without what the query's own conditions on the partition key leave out. Where the client named
    neither key nor range, a query of one full key is as good as one with the key's header, as on Azure."""
    keys = _keys(container, question)
    if keys is None:
        return scope
    spans = crossed(scope.spans, {container.key.span(key) for key in keys})
    asked = [one for one in scope.partitions if any(one.low < high and low < one.high for low, high in spans)]
    key = keys[0] if scope.across and _is_single(container, keys) else scope.key
    return Scope(spans, tuple(asked) or scope.partitions[:1], key, scope.partition)


def _keys(container: "Container", question: Question) -> list[tuple[Any, ...]] | None:
    """The keys, full or prefixes, that can hold answers; None for all."""
    keys = sql.key_values(question.query, list(container.key.steps), question.parameters)
    return keys if keys is not None and all(map(_scalars, keys)) else None


def _is_single(container: "Container", keys: list[tuple[Any, ...]]) -> bool:
    full = all(len(key) == len(container.key.paths) for key in keys)
    return full and len({container.key.epk(key) for key in keys}) == 1


def _scalars(key: tuple[Any, ...]) -> bool:
    return not any(isinstance(value, list | dict) for value in key)
