import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from localcloud.portal.timeline.layout import layout_of
from localcloud.portal.timeline.svg import svg_of
from localcloud.portal.timeline.text import text_of

if TYPE_CHECKING:
    from conftest import Journal

GOLDEN = Path(__file__).parent / "duplicate.svg"
GOLDEN_TEXT = Path(__file__).parent / "duplicate.txt"
EVIL = "</svg><script>alert(1)</script>\x00\x1b<a href='javascript:alert(2)'>&amp;\ud800\""


def test_a_duplicate_is_drawn_as_it_always_was(duplicate: "Journal", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert svg_of(duplicate.told(), styled=False) == GOLDEN.read_text()


def test_a_duplicate_as_text(duplicate: "Journal") -> None:
    assert text_of(duplicate.told()) + "\n" == GOLDEN_TEXT.read_text()


def test_hostile_text_stays_text(journal: "Journal") -> None:
    journal.said(EVIL).posted("2.1", 0.1, EVIL).ran("r1", 0.0, 0.2, function=EVIL, message=EVIL, ok=False)
    drawn = svg_of(replace(journal.called(0.1, EVIL, error=EVIL).told(), title=EVIL, notes=[EVIL]))
    tree = ElementTree.fromstring(drawn)
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags == {"svg", "title", "desc", "style", "rect", "path", "text", "g"}
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
    assert "<script" not in drawn


def test_the_drawing_is_bounded_and_says_how_much_is_left_out(journal: "Journal") -> None:
    journal.said("x" * 40_000)
    for number in range(1_000):
        journal.delivered(f"d{number}", number, number + 0.5, event="e" * 500)
    drawn = svg_of(journal.told())
    assert len(drawn) < 500_000
    assert "… 801 more" in drawn


def test_it_is_one_file_with_title_description_and_no_references(duplicate: "Journal") -> None:
    drawn = svg_of(duplicate.told())
    tree = ElementTree.fromstring(drawn)
    assert [element.tag.rpartition("}")[2] for element in tree][:2] == ["title", "desc"]
    assert "href" not in drawn and "url(" not in drawn and "@import" not in drawn
    assert "light-dark(" in drawn


def test_no_bar_or_label_overlaps_another(duplicate: "Journal") -> None:
    for number in range(60):
        start = number * 0.037
        duplicate.delivered(f"x{number}", start, start + 0.05, 500 if number % 3 else 200, event=f"event {number}")
    boxes = list(layout_of(duplicate.told()).boxes.values())
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            apart = one.y != other.y or one.extent[1] <= other.extent[0] or other.extent[1] <= one.extent[0]
            assert apart, (one, other)
