"""The README is true: its commands, folders, links and claims exist."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from autograder.cli import COMMANDS, camp

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text("utf-8")


def test_every_command_in_the_readme_exists() -> None:
    named = set(re.findall(r"\./camp ([a-z]+)", README))
    assert named and named <= set(COMMANDS)
    for name in named:
        assert CliRunner().invoke(camp, [name, "--help"]).exit_code == 0


def test_every_command_has_its_line_of_help() -> None:
    shown = CliRunner().invoke(camp, ["--help"]).output
    for name in COMMANDS:
        assert re.search(rf"^  {name}  +\S", shown, re.MULTILINE), name


def test_every_folder_and_link_in_the_readme_exists() -> None:
    folders = re.findall(r"`([\w./-]+/)`", README)
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    ignored = {".camp/", "work/", "work/<lab>/"}
    missing = [name for name in {*folders, *links} - ignored if not (PROJECT / name).exists()]
    assert missing == []


def test_every_picture_of_the_docs_is_shown_in_them() -> None:
    texts = [PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")]
    shown = {
        name for text in texts for name in re.findall(r"!\[[^\]]+\]\((?:docs/)?([\w.-]+)\)", text.read_text("utf-8"))
    }
    there = {path.name for kind in ("png", "svg") for path in (PROJECT / "docs").glob(f"*.{kind}")}
    assert there == shown


def test_the_readme_shows_the_heat_before_and_after_as_it_is() -> None:
    maker = [sys.executable, "docs/partition_keys.py", "-"]
    made = subprocess.run(maker, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert "docs/partition-keys.svg" in README
    assert made == (PROJECT / "docs" / "partition-keys.svg").read_text("utf-8"), "make it anew: docs/partition_keys.py"


def test_the_launcher_is_plain_posix_shell() -> None:
    assert (PROJECT / "camp").read_text("utf-8").startswith("#!/bin/sh\n")
    shells = [shell for name in ("dash", "sh", "busybox") if (shell := shutil.which(name))]
    for shell in shells:
        command = [shell, "sh", "-n"] if shell.endswith("busybox") else [shell, "-n"]
        subprocess.run([*command, str(PROJECT / "camp")], check=True)
