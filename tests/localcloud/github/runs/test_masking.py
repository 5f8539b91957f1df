"""Secrets in logs."""

import base64
import json
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest

from localcloud.github.runs.masking import Masks, without_escapes

SECRET = "pa~ss/w0rd+ü&<>"


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        quote(SECRET, safe=""),
        escape(SECRET),
    ],
)
def test_a_secret_is_masked_in_the_forms_in_which_programs_write_it(text: str) -> None:
    hidden = Masks([SECRET]).hide(f"before {text} after")
    assert "***" in hidden
    assert "w0rd" not in hidden
    assert hidden.startswith("before ")


@pytest.mark.parametrize("before", ["", "u", "us", "user"])
@pytest.mark.parametrize("after", ["", "x", "xy"])
def test_base64_of_a_secret_within_another_text_is_masked(before: str, after: str) -> None:
    encoded = base64.b64encode(f"{before}hunter2-hunter2{after}".encode()).decode()
    hidden = Masks(["hunter2-hunter2"]).hide(encoded)
    assert "***" in hidden
    assert len(hidden) < 14


def test_each_line_of_a_secret_is_masked() -> None:
    masks = Masks(['{\n  "clientSecret": "abc~def",\n  "x": 1\n}\n'])
    assert masks.hide('  "clientSecret": "abc~def",') == "  ***"
    assert masks.hide("{ and }") == "{ and }"  # a brace is everywhere


def test_the_longest_secret_is_masked_first() -> None:
    assert Masks(["secret", "secret-and-more"]).hide("secret-and-more, secret") == "***, ***"


def test_a_value_is_masked_from_when_it_is_added() -> None:
    masks = Masks()
    assert masks.hide("later-on") == "later-on"
    masks.add("later-on")
    assert masks.holds("a later-on b")
    assert not masks.holds("sooner")


def test_steps_may_add_so_many_values_and_no_more() -> None:
    masks = Masks(["from-the-start"])
    for number in range(1_000):
        masks.learn(f"value-{number}-")
    assert masks.hide("value-7- from-the-start") == "*** ***"
    assert masks.hide("value-999-") == "value-999-"


def test_empty_secrets_mask_nothing() -> None:
    assert Masks(["", "\n", "   "]).hide("a   b") == "a   b"


def test_pieces_of_a_secret_are_not_recognized_as_on_github() -> None:
    assert Masks(["hunter2"]).hide("h u n t e r 2") == "h u n t e r 2"


def test_lines_lose_colours_and_what_was_overwritten() -> None:
    assert without_escapes("\x1b[31mred\x1b[0m\r\n") == "red"
    assert without_escapes("10%\r50%\r100%\n") == "100%"
    assert without_escapes("\x1b]0;title\x07x") == "x"


def test_a_log_does_not_say_where_tools_lie() -> None:
    masks = Masks(["s3cret"], tools=[Path("/home/ann b/.camp/extras/runner"), Path("/usr/bin")])
    said = "Looking in links: file:///home/ann%20b/.camp/extras/runner/wheels, /home/ann b/.camp/extras/runner/x s3cret"
    assert masks.hide(said) == "Looking in links: file:///opt/runner/wheels, /opt/runner/x ***"
    assert masks.hide("/usr/bin/git") == "/usr/bin/git"
    assert not masks.holds("/home/ann b/.camp/extras/runner") and masks.holds("s3cret")
