"""A timeline: lanes, bars in them, and links between bars that say how they are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_BARS = 200
KNOWN, INFERRED = "known", "inferred"
MARKS = frozenset({"crash", "recycle", "exit"})


@dataclass(frozen=True)
class Lane:
    """A row of bars; `kind` is fault, slack, host, worker, queue, engine, output, call or post."""

    id: str
    kind: str
    name: str


@dataclass(frozen=True)
class Bar:
    """Something that took time, or happened at a moment (`end` is `start`), or goes on (`end` is None).

    `kind` is fault, said, delivery, invocation, waiting, hidden, output, call, post, cold, or one of MARKS. `ok` is
    None where nothing can fail; `facts` are labelled texts for a person; `trace` is another trace that it leads to.
    """

    id: str
    lane: Lane
    kind: str
    label: str
    start: float
    end: float | None
    ok: bool | None = None
    facts: tuple[tuple[str, str], ...] = ()
    trace: str | None = None

    def until(self, now: float) -> float:
        return max(self.start, now if self.end is None else self.end)


@dataclass(frozen=True)
class Link:
    """Bar `source` led to bar `target`: KNOWN by an id that both carry, or INFERRED from time, topic or text."""

    source: str
    target: str
    how: str


@dataclass(frozen=True)
class Timeline:
    """One trace. Times are in seconds since the epoch; `hidden` bars are left out, `notes` are sentences on it."""

    trace: str
    title: str
    at: float
    now: float
    bars: Sequence[Bar]
    links: Sequence[Link]
    notes: Sequence[str] = ()
    hidden: int = 0
    going_on: bool = False

    @property
    def lanes(self) -> list[Lane]:
        """The lanes that hold something, in the order of their kinds, then of their first bars."""
        order = ("fault", "slack", "host", "worker", "queue", "engine", "output", "call", "post")
        found = dict.fromkeys(bar.lane for bar in sorted(self.bars, key=lambda bar: bar.start))
        return sorted(found, key=lambda lane: order.index(lane.kind))

    def to_json(self) -> dict[str, Any]:
        return {
            "trace": self.trace,
            "title": self.title,
            "at": self.at,
            "now": self.now,
            "lanes": [{"id": lane.id, "kind": lane.kind, "name": lane.name} for lane in self.lanes],
            "bars": [_bar_json(bar) for bar in self.bars],
            "links": [{"from": one.source, "to": one.target, "how": one.how} for one in self.links],
            "notes": list(self.notes),
            "hidden": self.hidden,
            "goingOn": self.going_on,
        }


def _bar_json(bar: Bar) -> dict[str, Any]:
    return {
        "id": bar.id,
        "lane": bar.lane.id,
        "kind": bar.kind,
        "label": bar.label,
        "start": bar.start,
        "end": bar.end,
        "ok": bar.ok,
        "facts": [list(pair) for pair in bar.facts],
        "trace": bar.trace,
    }
