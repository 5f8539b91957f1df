import random
from itertools import pairwise

import pytest

from autograder.dependencies import Graph
from autograder.dependencies.layout import BOX, GAP, HEIGHT, MARGIN, MOST_IN_A_ROW, Spot, layout_of


def some_graph(seed: int, size: int) -> Graph:
    rng = random.Random(seed)
    return Graph.of(
        {str(at): [str(rng.randrange(at)) for _edge in range(rng.randrange(4)) if at] for at in range(size)}
    )


@pytest.mark.parametrize("seed", range(20))
def test_boxes_are_apart_and_below_what_they_need(seed: int) -> None:
    graph = some_graph(seed, 30)
    layout = layout_of(graph)
    for name, needs in graph.needs.items():
        assert all(layout.boxes[need].y + HEIGHT < layout.boxes[name].y for need in needs)
    rows: dict[float, list[float]] = {}
    for spot in layout.boxes.values():
        rows.setdefault(spot.y, []).append(spot.x)
        assert spot.x - BOX / 2 + 0.001 >= MARGIN and spot.x + BOX / 2 <= layout.width - MARGIN + 0.001
    for row in map(sorted, rows.values()):
        assert len(row) <= MOST_IN_A_ROW
        assert all(right - left >= BOX + GAP - 0.001 for left, right in pairwise(row))


@pytest.mark.parametrize("seed", range(20))
def test_an_edge_passes_beside_the_boxes_of_other_rows(seed: int) -> None:
    layout = layout_of(some_graph(seed, 30))
    for first, *between, last in layout.edges:
        assert first in layout.boxes.values() and last in layout.boxes.values()
        for spot in between:
            beside = [box for box in layout.boxes.values() if box.y == spot.y]
            assert all(abs(box.x - spot.x) > BOX / 2 for box in beside)


def test_a_box_stands_under_the_one_that_it_needs() -> None:
    boxes = layout_of(Graph.of({"group": [], "queue": ["group"]})).boxes
    assert boxes["group"].x == boxes["queue"].x


def test_the_same_graph_gives_the_same_drawing() -> None:
    assert layout_of(some_graph(1, 30)) == layout_of(some_graph(1, 30))


def test_one_box_alone() -> None:
    layout = layout_of(Graph.of({"group": []}))
    assert layout.boxes == {"group": Spot(MARGIN + BOX / 2, MARGIN)}
    assert (layout.width, layout.height) == (BOX + 2 * MARGIN, HEIGHT + 2 * MARGIN)
