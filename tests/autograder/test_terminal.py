"""Each command that is printed runs in a terminal of JupyterLab, where learners type it."""

import json
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from babel.messages.extract import extract_from_dir

from autograder.cli import COMMANDS, camp
from autograder.jupyter import configure, service

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"(?<![\w./-])camp ([a-z][a-z-]+)((?: [a-z][a-z-]+)?)")
TEXTS = [*ROOT.glob("notebooks/*/*.ipynb"), *ROOT.glob("labs/*/lab.toml"), ROOT / "README.md"]


def terminal(tmp_path: Path) -> tuple[list[str], Mapping[str, str]]:
    """The shell of JupyterLab's terminals, and what it has in its environment."""
    configure(tmp_path / ".camp", 8888, 4280, tmp_path)
    settings: dict[str, Any] = json.loads((tmp_path / ".camp" / "jupyter" / "camp.json").read_text("utf-8"))
    one = service(8888, "t", tmp_path, tmp_path / ".camp", tmp_path / "1-tiny" / "1-tiny.ipynb", (), ("functions",))
    return settings["ServerApp"]["terminado_settings"]["shell_command"], one.env


def printed() -> set[tuple[str, str]]:
    """Every command in a message of ours, or in what learners read, with the word that follows."""
    texts = [path.read_text("utf-8") for path in TEXTS]
    for package in ("autograder", "infra/localcloud"):
        for _name, _line, message, _comments, _context in extract_from_dir(str(ROOT / package), [("**.py", "python")]):
            texts.append(message if isinstance(message, str) else " ".join(filter(None, message)))
    return {(match[1], match[2].strip()) for text in texts for match in COMMAND.finditer(text)}


def commands() -> set[str]:
    """The printed words that are meant as commands: the sentence may go on behind a command, and begin with a camp."""
    found = set()
    for first, second in printed():
        if first in COMMANDS:
            group = camp.get_command(click.Context(camp), first)
            below = isinstance(group, click.Group) and second in group.commands
            found.add(f"{first} {second}" if below else first)
    return found


def test_a_printed_command_exists() -> None:
    quoted = re.compile(r"['`]camp ([a-z][a-z-]*)")
    texts = [*TEXTS, *(ROOT / "autograder").rglob("*.py"), *(ROOT / "infra" / "localcloud").rglob("*.py")]
    named = {match[1] for path in texts for match in quoted.finditer(path.read_text("utf-8"))}
    assert len(named) > 8
    assert named - set(COMMANDS) == set()


def test_every_printed_command_runs_in_a_terminal_of_jupyterlab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # not that of this test, which may have a camp
    shell, env = terminal(tmp_path)
    wanted = sorted(commands())
    assert len(wanted) > 8
    script = "\n".join(f"camp {shlex.join(one.split())} --help > /dev/null || echo {one}" for one in wanted)
    done = subprocess.run(
        [*shell, "-i", "-c", script],
        env={"HOME": str(tmp_path), "CAMP_ROOT": str(ROOT), **{name: env[name] for name in ("PATH",)}},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.stdout == "", done.stderr


def test_the_terminal_has_the_persons_own_path_behind_camp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/my/own:/usr/bin")
    _shell, env = terminal(tmp_path)
    first, _colon, rest = env["PATH"].partition(":")
    assert rest == "/my/own:/usr/bin"
    assert [path.name for path in Path(first).iterdir()] == ["camp"]
