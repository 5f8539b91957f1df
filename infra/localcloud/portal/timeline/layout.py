"""Where everything of a timeline is drawn: bars in rows, each with room for its label, so that nothing overlaps."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .axis import Axis, axis_of
from .facts import shortened
from .model import Bar, Lane, Timeline

WIDTH = 960.0
LEFT, RIGHT = 152.0, WIDTH - 24.0
TOP = 104.0
ROW, BAR, PADDING = 26.0, 18.0, 7.0
NARROWEST = 6.0
CHARACTER, BOLD = 6.7, 7.3
GAP = 8.0
LONGEST_LABEL = 56
SYMBOLS = {True: "✓ ", False: "✕ ", None: ""}
RUNNING = "… "


@dataclass(frozen=True)
class Box:
    """A bar with its place. The label begins at `label_x`, or ends there when `before`; `inside` its bar or beside."""

    bar: Bar
    left: float
    right: float
    y: float
    label: str
    label_x: float
    before: bool = False
    inside: bool = False

    @cached_property
    def extent(self) -> tuple[float, float]:
        width = label_width(self.bar, self.label)
        start = self.label_x - width if self.before else self.label_x
        return min(self.left, start), max(self.right, start + width)


@dataclass(frozen=True)
class Band:
    """A lane with the room for its rows."""

    lane: Lane
    top: float
    height: float


@dataclass(frozen=True)
class Layout:
    axis: Axis
    bands: Sequence[Band]
    boxes: Mapping[str, Box]

    @property
    def bottom(self) -> float:
        return self.bands[-1].top + self.bands[-1].height


def layout_of(timeline: Timeline) -> Layout:
    """Every bar's place."""
    axis = axis_of(timeline.bars, timeline.now, LEFT, RIGHT)
    bands: list[Band] = []
    boxes: dict[str, Box] = {}
    top = TOP
    for lane in timeline.lanes:
        rows: list[list[Box]] = []
        for bar in timeline.bars:
            if bar.lane == lane:
                _place(_box(bar, axis, timeline.now), rows, top + PADDING)
        boxes.update((box.bar.id, box) for row in rows for box in row)
        bands.append(Band(lane, top, len(rows) * ROW + 2 * PADDING))
        top += bands[-1].height
    return Layout(axis, bands, boxes)


def _place(box: Box, rows: list[list[Box]], top: float) -> None:
    """Puts a box into the first row in which it has room."""
    for number, row in enumerate(rows):
        if all(_apart(box, other) for other in row):
            row.append(_at(box, top + number * ROW))
            return
    rows.append([_at(box, top + len(rows) * ROW)])


def _apart(one: Box, other: Box) -> bool:
    (left, right), (others_left, others_right) = one.extent, other.extent
    return right + GAP <= others_left or others_right + GAP <= left


def _at(box: Box, y: float) -> Box:
    return Box(box.bar, box.left, box.right, y, box.label, box.label_x, box.before, box.inside)


def _box(bar: Bar, axis: Axis, now: float) -> Box:
    left, right = axis.x(bar.start), axis.x(bar.until(now))
    if right - left < NARROWEST:
        left = max(LEFT, min(left, RIGHT - NARROWEST))
        right = left + NARROWEST
    going = RUNNING if bar.end is None else SYMBOLS[bar.ok]
    label = going + shortened(bar.label, LONGEST_LABEL)
    width = label_width(bar, label)
    if width + GAP <= right - left:
        return Box(bar, left, right, 0.0, label, left + GAP / 2, inside=True)
    if right + GAP / 2 + width <= WIDTH - GAP:
        return Box(bar, left, right, 0.0, label, right + GAP / 2)
    if left - GAP / 2 - width >= LEFT:
        return Box(bar, left, right, 0.0, label, left - GAP / 2, before=True)
    return _cut(bar, left, right, label)


def _cut(bar: Bar, left: float, right: float, label: str) -> Box:
    """A label that fits nowhere is cut to the room on the wider side."""
    before = left - LEFT > WIDTH - right
    room = (left - LEFT if before else WIDTH - GAP - right) - GAP / 2
    while len(label) > 1 and label_width(bar, label) > room:
        label = label[:-2].rstrip() + "…"
    return Box(bar, left, right, 0.0, label, left - GAP / 2 if before else right + GAP / 2, before=before)


def label_width(bar: Bar, text: str) -> float:
    """About how wide a bar's label is; East Asian letters are twice as wide, and some labels are bold."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return (BOLD if bar.ok is False or bar.kind == "said" else CHARACTER) * (len(text) + wide)
