"""A timeline as text, lane by lane: for terminals, and for those who do not see the drawing."""

from collections.abc import Iterator

from localcloud.messages import _

from .facts import span
from .model import INFERRED, Bar, Timeline

SYMBOLS = {True: "✓", False: "✕", None: "·"}


def text_of(timeline: Timeline) -> str:
    """The title, each lane with its bars, and the notes."""
    return "\n".join(_lines(timeline))


def _lines(timeline: Timeline) -> Iterator[str]:
    yield timeline.title
    sources = {link.target: link for link in timeline.links}
    names = {bar.id: bar.label for bar in timeline.bars}
    for lane in timeline.lanes:
        yield lane.name
        for bar in timeline.bars:
            if bar.lane == lane:
                link = sources.get(bar.id)
                line = _line(bar, timeline.at)
                if link:
                    words = _("probably from {name}") if link.how == INFERRED else _("from {name}")
                    line += " ← " + words.format(name=names[link.source])
                yield line
    if timeline.hidden:
        yield more(timeline.hidden)
    yield from timeline.notes


def _line(bar: Bar, at: float) -> str:
    took = _("it is running") if bar.end is None else span(bar.end - bar.start) if bar.end > bar.start else ""
    symbol = "…" if bar.end is None else SYMBOLS[bar.ok]
    return f"  +{span(bar.start - at):<9} {symbol} {bar.label}" + (f" ({took})" if took else "")


def more(hidden: int) -> str:
    return _("… {count} more").format(count=hidden)
