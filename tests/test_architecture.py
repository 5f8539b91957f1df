"""docs/architecture.md is true: every file that it names exists, and every name in it."""

import ast
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.registry import SERVICES

PROJECT = Path(__file__).parents[1]
TEXT = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)(?::([\w.]+))?`", TEXT)))


def names_in(body: list[ast.stmt], before: str = "") -> Iterator[str]:
    """Functions, classes, methods and variables, as `Class.method`."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield before + node.name
        elif isinstance(node, ast.ClassDef):
            yield before + node.name
            yield from names_in(node.body, f"{before}{node.name}.")
        elif isinstance(node, ast.Assign):
            yield from (before + target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield before + node.target.id


def test_the_page_names_many_places() -> None:
    assert len(NAMED) > 50


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_place_exists(path: str, name: str) -> None:
    place = PROJECT / path
    assert place.exists()
    if name:
        assert name in set(names_in(ast.parse(place.read_text("utf-8")).body))


def test_the_drawing_shows_services_that_there_are_in_light_and_dark() -> None:
    drawing = (PROJECT / "docs" / "architecture.svg").read_text("utf-8")
    shown = {node.text for node in ET.fromstring(drawing).iter() if node.get("class") == "name service"}
    assert shown and shown <= set(SERVICES)
    assert "prefers-color-scheme: dark" in drawing
