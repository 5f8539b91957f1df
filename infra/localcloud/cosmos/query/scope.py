"""`Segment`: a part of the scope of a query that is read in one go."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..scoping import Scope, Span

__all__ = ["Scope", "Segment", "Span", "crossed", "cut", "segments", "whole"]


@dataclass(frozen=True)
class Segment:
    """The effective keys from `low` to below `high` that are in `spans`, which lie between the two."""

    low: bytes
    high: bytes
    spans: tuple[Span, ...]

    def holds(self, epk: bytes) -> bool:
        return any(low <= epk < high for low, high in self.spans)


def cut(spans: Iterable[Span], low: bytes, high: bytes) -> tuple[Span, ...]:
    """What of the spans lies between two effective keys."""
    cuts = ((max(low, one[0]), min(high, one[1])) for one in spans)
    return tuple(one for one in cuts if one[0] < one[1])


def crossed(spans: Iterable[Span], others: Iterable[Span]) -> tuple[Span, ...]:
    """What lies in both, sorted."""
    kept = tuple(spans)
    return tuple(sorted({one for low, high in others for one in cut(kept, low, high)}))


def segments(scope: Scope, done: Segment | None = None) -> list[Segment]:
    """The scope by physical partition. After a page that ended within `done`, whose partition may have split since,
    first what `done` was, then what lies beyond."""
    ends = [(one.low, one.high) for one in scope.partitions]
    if done is not None:
        ends = [(done.low, done.high), *((max(low, done.high), high) for low, high in ends if high > done.high)]
    found = (Segment(low, high, cut(scope.spans, low, high)) for low, high in ends)
    return [one for one in found if one.spans]


def whole(scope: Scope) -> Segment:
    """The scope in one."""
    return Segment(b"", b"\xff", scope.spans)
