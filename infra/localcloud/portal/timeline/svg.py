"""A timeline drawn as one SVG file: no scripts, no fonts or images from elsewhere, readable in light and dark."""

import html
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from localcloud.messages import _

from .axis import Axis, Tick
from .facts import shortened
from .layout import BAR, LEFT, PADDING, RIGHT, TOP, WIDTH, Band, Box, Layout, layout_of
from .model import INFERRED, KNOWN, MARKS, Link, Timeline
from .text import more, text_of

STYLE = Path(__file__).parent / "static" / "drawing.css"
MARGIN = 16.0
LINE = 20.0
LONGEST_TITLE = 96
LONGEST_LANE = 19
LONGEST_NOTE = 140
MOST_NOTES = 4
UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg_of(timeline: Timeline, *, styled: bool = True) -> str:
    """The drawing, with everything that it says as text in its description; a page has the style sheet already."""
    layout = layout_of(timeline)
    notes = [*timeline.notes[:MOST_NOTES], *([more(timeline.hidden)] if timeline.hidden else [])]
    height = layout.bottom + 2 * LINE + MARGIN + LINE * len(notes)
    id = f"camp-{timeline.trace[:8]}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}" '
        f'height="{height:g}" class="camp-timeline" role="img" aria-labelledby="{id}-t" aria-describedby="{id}-d">',
        f'<title id="{id}-t">{escaped(timeline.title)}</title>',
        f'<desc id="{id}-d">{escaped(text_of(timeline))}</desc>',
        *([f"<style>{STYLE.read_text()}</style>"] if styled else []),
        f'<rect class="ground" width="{WIDTH:g}" height="{height:g}" rx="10"/>',
        *_head(timeline),
        *(part for number, band in enumerate(layout.bands) for part in _band(band, number)),
        *_axis(layout.axis, layout.bottom),
        *(part for link in timeline.links for part in _link(link, layout)),
        *(part for box in layout.boxes.values() for part in _box(box)),
        *_legend(timeline.links, layout.bottom + LINE + MARGIN / 2),
        *_notes(notes, layout.bottom + 2 * LINE + MARGIN / 2),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text that is only ever text; what XML cannot hold is left out."""
    return html.escape(UNPRINTABLE.sub("", text))


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escaped(text)}</text>'


def _head(timeline: Timeline) -> Iterator[str]:
    moment = datetime.fromtimestamp(timeline.at).strftime("%Y-%m-%d %H:%M:%S")
    words = _("{moment} · trace {trace}").format(moment=moment, trace=timeline.trace[:8])
    yield _text("title", MARGIN, 32, shortened(timeline.title, LONGEST_TITLE))
    yield _text("soft", MARGIN, 54, words)


def _band(band: Band, number: int) -> Iterator[str]:
    if number % 2 == 0:
        yield f'<rect class="band" x="0" y="{band.top:g}" width="{WIDTH:g}" height="{band.height:g}"/>'
    yield _text("lane", MARGIN, band.top + PADDING + 13, shortened(band.lane.name, LONGEST_LANE))


def _axis(axis: Axis, bottom: float) -> Iterator[str]:
    yield f'<path class="axis" d="M{LEFT:g} {TOP:g}H{RIGHT:g}"/>'
    for tick in axis.ticks:
        yield from _tick(tick, bottom)
    for gap in axis.breaks:
        left, right, middle = gap.left + 14, gap.right - 18, (gap.left + gap.right) / 2
        yield f'<rect class="ground" x="{left:.1f}" y="{TOP - 6:g}" width="{right - left:.1f}" height="12"/>'
        yield f'<path class="break" d="{_zigzag(left, bottom)}{_zigzag(right, bottom)}"/>'
        yield f'<text class="gap" x="{middle:.1f}" y="{TOP - 26:g}">{escaped(gap.label)}</text>'


def _tick(tick: Tick, bottom: float) -> Iterator[str]:
    yield f'<path class="tick" d="M{tick.x:.1f} {TOP - 4:g}V{bottom:g}"/>'
    yield _text("time", tick.x, TOP - 10, tick.label)


def _zigzag(x: float, bottom: float) -> str:
    steps = int((bottom - TOP + 6) / 8)
    return f"M{x:.1f} {TOP - 6:g}" + "".join("l4 4l-4 4" if step % 2 == 0 else "l-4 4l4 4" for step in range(steps))


def _link(link: Link, layout: Layout) -> Iterator[str]:
    """A curve from the bar at the moment of its target to the target's beginning, with an arrow's head."""
    source, target = layout.boxes[link.source], layout.boxes[link.target]
    x = min(max(target.left, source.left + 2), source.right - 2)
    down = target.y >= source.y
    y = source.y + BAR if down else source.y
    to_x, to_y = target.left + 3, target.y if down else target.y + BAR
    bend = max(12.0, abs(to_y - y) / 2) * (1 if down else -1)
    tip = to_y - (5 if down else -5)
    yield f'<path class="link {link.how}" d="M{x:.1f} {y:.1f}C{x:.1f} {y + bend:.1f} {to_x:.1f} {tip - bend:.1f} ' + (
        f'{to_x:.1f} {tip:.1f}"/>'
    )
    yield f'<path class="head" d="M{to_x - 3:.1f} {tip:.1f}h6L{to_x:.1f} {to_y:.1f}z"/>'


def _box(box: Box) -> Iterator[str]:
    bar = box.bar
    outcome = "open" if bar.end is None else {True: "good", False: "bad", None: "plain"}[bar.ok]
    anchor = ' text-anchor="end"' if box.before else ""
    told = "\n".join([bar.label, *(f"{label}: {text}" for label, text in bar.facts)])
    yield f'<g class="bar {bar.kind} {outcome}" data-bar="{escaped(bar.id)}"><title>{escaped(told)}</title>'
    yield _shape(box)
    place = "" if box.inside else ' class="beside"'
    yield f'<text{place} x="{box.label_x:.1f}" y="{box.y + 13:.1f}"{anchor}>{escaped(box.label)}</text></g>'


def _shape(box: Box) -> str:
    middle = box.y + BAR / 2
    if box.bar.kind in MARKS:
        x = (box.left + box.right) / 2
        return f'<path class="mark" d="M{x - 4:.1f} {middle - 5:.1f}l8 10m0 -10l-8 10"/>'
    radius = min(4.0, (box.right - box.left) / 2)
    return (
        f'<rect x="{box.left:.1f}" y="{box.y:.1f}" width="{box.right - box.left:.1f}" height="{BAR:g}" '
        f'rx="{radius:g}"/>'
    )


def _legend(links: Iterable[Link], y: float) -> Iterator[str]:
    """How the links are known, if there are any."""
    words = {
        KNOWN: _("known: trace context or an id"),
        INFERRED: _("inferred from time, topic or text"),
    }
    x = MARGIN
    for how in sorted({link.how for link in links}, reverse=True):
        yield f'<path class="link {how}" d="M{x:g} {y - 4:.1f}h36"/>'
        yield _text("soft", x + 44, y, words[how])
        x += 300
    yield _text("soft", x, y, _("✓ went well   ✕ failed   … goes on"))


def _notes(notes: Iterable[str], y: float) -> Iterator[str]:
    for number, note in enumerate(notes):
        yield _text("note", MARGIN, y + LINE * number, shortened(note, LONGEST_NOTE))
