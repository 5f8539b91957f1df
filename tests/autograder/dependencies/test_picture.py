import base64
import re
from xml.etree import ElementTree

import pytest

from autograder.dependencies import Graph, Picture
from autograder.dependencies.layout import layout_of
from autograder.dependencies.picture import MOST_DRAWN, MOST_ROWS
from autograder.dependencies.svg import parts_of, svg_of

SVG = "{http://www.w3.org/2000/svg}"
GRAPH = Graph.of(
    {
        "azurerm_resource_group.camp": [],
        "azurerm_storage_account.camp": ["azurerm_resource_group.camp"],
        "azurerm_storage_queue.reports": ["azurerm_storage_account.camp"],
        "data.azurerm_client_config.me": [],
    }
)
CONTRAST = 4.5


def drawn(graph: Graph) -> ElementTree.Element:
    return ElementTree.fromstring(svg_of(graph, layout_of(graph)))


def test_elsewhere_it_is_a_table() -> None:
    assert repr(Picture(GRAPH)) == (
        "Dependency graph: resources 4, dependencies 2\n"
        "  azurerm_resource_group.camp    nothing\n"
        "  data.azurerm_client_config.me  nothing\n"
        "  azurerm_storage_account.camp   azurerm_resource_group.camp\n"
        "  azurerm_storage_queue.reports  azurerm_storage_account.camp"
    )


def test_in_a_notebook_it_is_a_drawing_with_a_table() -> None:
    shown = Picture(GRAPH)._repr_html_()
    source = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', shown)
    assert source and base64.b64decode(source[1]).startswith(b"<svg ")
    assert 'alt="Dependency graph: resources 4, dependencies 2. The table says the same."' in shown
    assert shown.count('<th scope="row"') == 4 and shown.count('<th scope="col"') == 2
    assert "overflow-x: auto" in shown and re.search(r"min-width: \d+px", shown)


def test_every_resource_is_a_box_and_every_need_an_arrow() -> None:
    root = drawn(GRAPH)
    boxes = {title.text for title in root.iter(f"{SVG}title")} - {"Dependency graph: resources 4, dependencies 2"}
    assert boxes == set(GRAPH.needs)
    classes = [one.get("class") for one in root.iter()]
    assert (classes.count("edge"), classes.count("head")) == (2, 2)
    assert (classes.count("node data"), classes.count("node last")) == (1, 1)


def test_the_drawing_loads_nothing_and_runs_nothing() -> None:
    text = svg_of(GRAPH, layout_of(GRAPH))
    assert not re.search(r"<script|@import|url\(|href=|\son\w+=", text)


def test_nothing_of_a_name_is_taken_for_a_mark() -> None:
    graph = Graph.of({'module.a["<b>&"].azurerm_storage_queue.x': []})
    assert 'module.a["<b>&"].azurerm_storage_queue.x' in [one.text for one in drawn(graph).iter(f"{SVG}title")]
    assert "<b>" not in Picture(graph)._repr_html_()


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("azurerm_storage_queue.reports", ("storage_queue", "reports")),
        ("data.azurerm_client_config.me", ("data: client_config", "me")),
        ("random_id.one", ("random_id", "one")),
        ("terraform_data.one", ("terraform_data", "one")),
        ("module.data.azurerm_storage_queue.one", ("storage_queue", "data: one")),
        ("module.a.module.b.data.azurerm_subscription.me", ("data: subscription", "a · b: me")),
        ('module.a["x.y"].azurerm_storage_queue.one', ("storage_queue", 'a["x.y"]: one')),
    ],
)
def test_a_box_says_what_it_is_and_which(address: str, parts: tuple[str, str]) -> None:
    assert parts_of(address) == parts


def test_long_names_are_shortened_in_their_box() -> None:
    texts = [one.text or "" for one in drawn(Graph.of({f"azurerm_storage_queue.{'q' * 60}": []})).iter(f"{SVG}text")]
    assert f"{'q' * 14}…" in texts


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("storage_queue", ["storage_queue"]),
        ("cosmosdb_sql_container", ["cosmosdb_", "sql_container"]),
        ("linux_function_app_slot", ["linux_function_", "app_slot"]),
        ("client_config", ["client_config"]),
    ],
)
def test_a_long_type_has_two_lines(kind: str, lines: list[str]) -> None:
    texts = [one.text for one in drawn(Graph.of({f"azurerm_{kind}.camp": []})).iter(f"{SVG}text")]
    assert texts[:-1] == [*lines, "camp"]


def test_too_many_are_a_table_alone() -> None:
    graph = Graph.of({f"random_id.number{number}": [] for number in range(MOST_ROWS + 9)})
    shown = Picture(graph)._repr_html_()
    assert "<img" not in shown and f"There are {MOST_ROWS + 9} resources: too many for a drawing." in shown
    assert "and 9 more" in shown
    assert "<img" in Picture(Graph.of({f"random_id.number{number}": [] for number in range(MOST_DRAWN)}))._repr_html_()


def test_texts_can_be_read_in_light_and_dark() -> None:
    """Each text on the ground of a box or of the drawing."""
    style = svg_of(GRAPH, layout_of(GRAPH))
    for scheme in (1, 2):
        grounds = [colours(style, f".camp-graph {name} ")[scheme] for name in (".ground", ".box", ".last .box")]
        for text in ("text", ".soft"):
            assert all(contrast(colours(style, f".camp-graph {text} ")[scheme], one) >= CONTRAST for one in grounds)


def colours(style: str, selector: str) -> tuple[str, str, str]:
    found = re.search(
        rf"^{re.escape(selector)}{{.*?fill: (#\w+); fill: light-dark\((#\w+), (#\w+)\)", style, re.MULTILINE
    )
    assert found, selector
    assert found[1] == found[2]
    return found[1], found[2], found[3]


def contrast(one: str, other: str) -> float:
    """As WCAG 2 has it."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
