"""CONTRIBUTING.md is true: its files and commands exist. tests/autograder/test_newlab.py runs its service."""

import re
from pathlib import Path

from autograder.cli import COMMANDS

PROJECT = Path(__file__).parents[1]
TEXT = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")
MADE = ("say-hello", "say_hello", "motto", "<")  # what the reader makes


def test_every_file_and_link_exists() -> None:
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", TEXT) + re.findall(r"\]\(([^)#:]+)\)", TEXT)
    assert len(named) > 20
    assert [name for name in named if not any(word in name for word in MADE) and not (PROJECT / name).exists()] == []


def test_every_command_exists() -> None:
    assert set(re.findall(r"\./camp ([a-z]+)", TEXT)) <= set(COMMANDS)


def test_files_that_are_run_exist() -> None:
    named = re.findall(r"\.venv/bin/python (?:-m pytest -n 0 )?([\w/]+\.py)", TEXT)
    assert named and all((PROJECT / name).is_file() for name in named)
