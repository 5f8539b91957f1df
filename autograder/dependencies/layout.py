"""Where the boxes of a dependency graph stand: in rows, what is needed above what needs it.

A row has at most five boxes, so a drawing is never wider than a notebook. An edge over several rows passes each of
them in a gap of its own. Within rows, boxes are ordered by the mean place of their neighbours (as Sugiyama and others
did in 1981), then put as near to them as the others allow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .graph import Graph

MOST_IN_A_ROW = 5
BOX, HEIGHT = 112.0, 60.0
LANE = 6.0  # the width that a passing edge takes
GAP, BETWEEN = 10.0, 36.0  # between two boxes, between two rows
MARGIN = 14.0
SWEEPS = 8


@dataclass(frozen=True)
class Spot:
    """A box, or a passing edge: its middle, and its upper edge."""

    x: float
    y: float


@dataclass(frozen=True)
class Layout:
    """A drawing's measures."""

    width: float
    height: float
    boxes: Mapping[str, Spot]
    edges: Sequence[Sequence[Spot]]  # from the box that is needed, past other rows, to the one that needs it


def layout_of(graph: Graph) -> Layout:
    rows = _rows(graph)
    row_of = {name: number for number, row in enumerate(rows) for name in row}
    chains = [
        _chain(need, name, row_of) for name in graph.order for need in graph.needs[name]
    ]  # names, with one for each row that an edge passes
    for chain in chains:
        for number, lane in enumerate(chain[1:-1], row_of[chain[0]] + 1):
            rows[number].append(lane)
    links: dict[str, set[str]] = {name: set() for row in rows for name in row}
    for chain in chains:
        for one, other in pairwise(chain):
            links[one].add(other)
            links[other].add(one)
    boxes = set(graph.needs)
    places = _places(_ordered(rows, links), links, boxes)
    left = min((x - _width(name, boxes) / 2 for name, x in places.items()), default=0.0)
    right = max((x + _width(name, boxes) / 2 for name, x in places.items()), default=0.0)
    spots = {
        name: Spot(places[name] - left + MARGIN, MARGIN + number * (HEIGHT + BETWEEN))
        for number, row in enumerate(rows)
        for name in row
    }
    return Layout(
        right - left + 2 * MARGIN,
        max(len(rows) * (HEIGHT + BETWEEN) - BETWEEN, 0) + 2 * MARGIN,
        {name: spots[name] for name in graph.order},
        [[spots[name] for name in chain] for chain in chains],
    )


def _rows(graph: Graph) -> list[list[str]]:
    """Each box in the first row below all that it needs which has a place left."""
    rows: list[list[str]] = []
    row_of: dict[str, int] = {}
    for name in graph.order:
        number = max((row_of[one] + 1 for one in graph.needs[name]), default=0)
        while number < len(rows) and len(rows[number]) >= MOST_IN_A_ROW:
            number += 1
        if number == len(rows):
            rows.append([])
        rows[number].append(name)
        row_of[name] = number
    return rows


def _chain(need: str, name: str, row_of: Mapping[str, int]) -> list[str]:
    between = range(row_of[need] + 1, row_of[name])
    return [need, *(f"{need} -> {name} {number}" for number in between), name]


def _ordered(rows: Sequence[list[str]], links: Mapping[str, set[str]]) -> list[list[str]]:
    """The rows, each sorted by where the neighbours in the row before (then, going back, after) stand."""
    found = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        numbers = range(1, len(found)) if sweep % 2 == 0 else range(len(found) - 2, -1, -1)
        for number in numbers:
            beside = found[number - 1] if sweep % 2 == 0 else found[number + 1]
            place = {name: (at + 0.5) / len(beside) for at, name in enumerate(beside)}
            here = {name: (at + 0.5) / len(found[number]) for at, name in enumerate(found[number])}
            wanted = {name: _mean(name, links, place, own) for name, own in here.items()}
            found[number].sort(key=wanted.__getitem__)
    return found


def _mean(name: str, links: Mapping[str, set[str]], place: Mapping[str, float], own: float) -> float:
    """The mean place of the neighbours that have one, or the own place."""
    near = sorted(place[one] for one in links[name] if one in place)
    return sum(near) / len(near) if near else own


def _places(rows: Sequence[Sequence[str]], links: Mapping[str, set[str]], boxes: set[str]) -> dict[str, float]:
    """The middle of everything from left to right."""
    places: dict[str, float] = {}
    for row in rows:
        places.update(zip(row, _apart(row, [0.0] * len(row), boxes), strict=True))
    for _sweep in range(SWEEPS):
        for row in (*rows, *reversed(rows)):
            wanted = [_mean(name, links, places, places[name]) for name in row]
            places.update(zip(row, _apart(row, wanted, boxes), strict=True))
    return places


def _apart(row: Sequence[str], wanted: Sequence[float], boxes: set[str]) -> list[float]:
    """The places nearest to the wanted ones (by least squares) at which nothing overlaps, in this order: neighbours
    that would overlap become one block, which goes to the mean of what its members want."""
    offsets = [0.0]
    for one, other in pairwise(row):
        offsets.append(offsets[-1] + (_width(one, boxes) + _width(other, boxes)) / 2 + GAP)
    blocks: list[tuple[float, int]] = []  # mean, number of members
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, members = blocks.pop()
            mean = (before * members + mean * count) / (members + count)
            count += members
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _member in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _width(name: str, boxes: set[str]) -> float:
    return BOX if name in boxes else LANE
