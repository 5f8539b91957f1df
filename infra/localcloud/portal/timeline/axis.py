"""The time axis: moments become places; long idle gaps are cut out, and the cut is shown."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10, sqrt

from .facts import exact_milliseconds, exact_seconds, span
from .model import Bar

MOST_STRETCHES = 8
SHORTEST_GAP = 0.2
BREAK_WIDTH = 56.0
LEAST_WIDTH = 96.0
TICK_DISTANCE = 76.0
SHORTEST_STRETCH = 0.001

Stretch = tuple[float, float]


@dataclass(frozen=True)
class Segment:
    """A stretch of time, and where it is drawn."""

    start: float
    end: float
    left: float
    right: float

    def x(self, moment: float) -> float:
        share = (moment - self.start) / (self.end - self.start)
        return self.left + (self.right - self.left) * min(1.0, max(0.0, share))


@dataclass(frozen=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True)
class Break:
    """An idle gap that is cut out between two places."""

    left: float
    right: float
    label: str


@dataclass(frozen=True)
class Axis:
    """Segments in order, from moment `at` on."""

    at: float
    segments: Sequence[Segment]

    def x(self, moment: float) -> float:
        """Where a moment is drawn; one in a gap, in the middle of its cut."""
        place = max(0, bisect_right([one.start for one in self.segments], moment) - 1)
        here = self.segments[place]
        if moment > here.end and place + 1 < len(self.segments):
            return (here.right + self.segments[place + 1].left) / 2
        return here.x(moment)

    @property
    def ticks(self) -> list[Tick]:
        return [tick for segment in self.segments for tick in _ticks(segment, self.at)]

    @property
    def breaks(self) -> list[Break]:
        pairs = pairwise(self.segments)
        return [Break(one.right, other.left, span(other.start - one.end)) for one, other in pairs]


def axis_of(bars: Iterable[Bar], now: float, left: float, right: float) -> Axis:
    """The axis of at least one bar between two places."""
    busy = stretches([stretch for bar in bars for stretch in _busy(bar, now)])
    room = right - left - BREAK_WIDTH * (len(busy) - 1)
    widths = _widths([end - start for start, end in busy], room)
    segments, x = [], left
    for (start, end), width in zip(busy, widths, strict=True):
        segments.append(Segment(start, end, x, x + width))
        x += width + BREAK_WIDTH
    return Axis(busy[0][0], segments)


def _busy(bar: Bar, now: float) -> list[Stretch]:
    """When a bar needs room; waiting needs it at both ends alone."""
    end = bar.until(now)
    return [(bar.start, bar.start), (end, end)] if bar.kind == "waiting" else [(bar.start, end)]


def stretches(busy: Sequence[Stretch]) -> list[Stretch]:
    """The stretches of time that are drawn: gaps that are longer than all the rest together are left out."""
    found: list[Stretch] = []
    for start, end in sorted(busy):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    rest = sum(end - start for start, end in found)
    gaps = sorted((after[0] - before[1] for before, after in pairwise(found)), reverse=True)
    shortest = max([SHORTEST_GAP, rest, *gaps[MOST_STRETCHES - 1 : MOST_STRETCHES]])
    joined = [found[0]]
    for start, end in found[1:]:
        if start - joined[-1][1] > shortest:
            joined.append((start, end))
        else:
            joined[-1] = (joined[-1][0], end)
    return [(start, max(end, start + SHORTEST_STRETCH)) for start, end in joined]


def _widths(seconds: Sequence[float], room: float) -> list[float]:
    """Shares of the room by the square roots, so that the short is seen beside the long; none is too narrow."""
    least = min(LEAST_WIDTH, room / len(seconds))
    free = room - least * len(seconds)
    roots = [sqrt(one) for one in seconds]
    return [least + free * root / sum(roots) for root in roots]


def _ticks(segment: Segment, at: float) -> list[Tick]:
    start, end = segment.start - at, segment.end - at
    most = max(1, floor((segment.right - segment.left) / TICK_DISTANCE))
    step = nice((end - start) / most)
    first = ceil(round(start / step, 6))
    moments = [number * step for number in range(first, floor(round(end / step, 6)) + 1)]
    return [Tick(segment.x(at + one), clock(one, step)) for one in moments or [start]]


def nice(seconds: float) -> float:
    """The next step of 1, 2 or 5 times a power of ten; from a minute on, of minutes."""
    for step in (60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0):
        if step / 2 < seconds <= step:
            return step
    power = 10.0 ** floor(log10(seconds))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= seconds * 0.999)


def clock(seconds: float, step: float) -> str:
    """`20 ms`, `1.25 s` or `5:01.2`, as exact as the steps are."""
    if seconds < 1 and step < 1:
        return exact_milliseconds(seconds, max(0, -floor(log10(step * 1000))))
    digits = max(0, -floor(log10(step)))
    if seconds < 60:
        return exact_seconds(seconds, digits)
    minutes, rest = divmod(round(seconds, digits), 60)
    return f"{minutes:.0f}:{rest:0{digits + 3 if digits else 2}.{digits}f}"
