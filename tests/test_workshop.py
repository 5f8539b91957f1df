"""What docs/workshop.md and docs/real-azure.md tell people to type and to open exists."""

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from autograder.cli import camp
from autograder.lab import find_check, find_lab, labs

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ["workshop.md", "real-azure.md"]
WORKSHOP = (DOCS / "workshop.md").read_text("utf-8")


def commands(page: str) -> list[str]:
    text = (DOCS / page).read_text("utf-8")
    blocks = re.findall(r"^ *(\./camp.*)$", text, re.MULTILINE)
    return [*blocks, *re.findall(r"`(\./camp [^`]+)`", text)]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_can_be_typed(page: str) -> None:
    """The command line parses it, with all options and arguments; it is not run."""
    found = commands(page)
    assert found
    for line in found:
        arguments = shlex.split(line)[1:]
        command = camp.get_command(click.Context(camp), arguments[0])  # type: ignore[attr-defined]
        assert command, line
        if not isinstance(command, click.Group):
            reading = [one for one in arguments[1:] if not one.endswith(".json")]  # of --import, which wants a file
            if reading == arguments[1:]:
                command.make_context(arguments[0], reading)
            else:
                assert arguments[1] in {option for one in command.params for option in one.opts}, line


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (DOCS / page).read_text("utf-8"))
    assert [one for one in links if not (DOCS / one).exists()] == []


def test_the_stick_gets_the_version_of_uv_that_the_launcher_wants() -> None:
    [script] = re.findall(r'"uv==\$\((sed .*?)\)"', WORKSHOP)
    done = subprocess.run(script, shell=True, cwd=DOCS.parent, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", done.stdout)


def test_every_deck_of_an_agenda_is_there() -> None:
    decks = set(re.findall(r"`\./camp slides ([a-z\d]+)`", WORKSHOP))
    known = {path.stem.split("-")[0] for path in (DOCS.parent / "slides").glob("*.md")}
    assert decks and decks <= known


def test_checks_and_minutes_are_those_of_the_labs() -> None:
    known = {str(lab.number) for lab in labs()}
    for id in re.findall(r"\b\d\.\d+\b", WORKSHOP.replace("Python 3.10 to 3.13", "")):
        if id.split(".")[0] in known:
            assert find_check(id), id
    titles = re.findall(r"^### Lab (\d) .*\((\d+) minutes\)$", WORKSHOP, re.MULTILINE)
    assert [(number, find_lab(number).minutes) for number, _minutes in titles] == [(n, int(m)) for n, m in titles]


@pytest.mark.parametrize(("agenda", "minutes"), [("90 minutes", 90), ("Half a day (3 h 30)", 210), ("A day", 345)])
def test_an_agenda_adds_up(agenda: str, minutes: int) -> None:
    """The day's breaks, 90 minutes, are not in its table."""
    section = WORKSHOP.split(f"### {agenda}")[1].split("\n##")[0]
    assert sum(int(box) for box in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)) == minutes
