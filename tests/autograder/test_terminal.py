"""Each command that is printed runs in a terminal of JupyterLab, where learners type it."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from babel.messages.extract import extract_from_dir

from autograder.cli import COMMANDS, camp
from autograder.jupyter import configure, service
from localcloud import typed
from localcloud.messages import _

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


PAGE_CONFIG = """
import json
from jupyterlab_server.config import get_page_config
from jupyter_core.paths import jupyter_path
print(json.dumps(get_page_config(jupyter_path("labextensions"))))
"""


def test_jupyterlab_shows_learners_no_tools_for_authors_of_assignments(tmp_path: Path) -> None:
    """As JupyterLab reads its settings for the page: `@jupyter/nbgrader` has Create Assignment and Validate."""
    _shell, env = terminal(tmp_path)
    command = [sys.executable, "-c", PAGE_CONFIG]
    told = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=True)
    page = json.loads(told.stdout)
    assert "@jupyter/nbgrader" in {one["name"] for one in page["federated_extensions"]}
    assert "@jupyter/nbgrader" in page["disabledExtensions"]


def test_cells_have_no_buttons_that_lie_on_their_headings_unless_somebody_wants_them(tmp_path: Path) -> None:
    settings = tmp_path / ".camp" / "jupyter" / "lab" / "user-settings" / "@jupyterlab" / "cell-toolbar-extension"
    terminal(tmp_path)
    assert json.loads((settings / "plugin.jupyterlab-settings").read_text("utf-8")) == {"showToolbar": False}
    (settings / "plugin.jupyterlab-settings").write_text("{}", "utf-8")
    terminal(tmp_path)
    assert (settings / "plugin.jupyterlab-settings").read_text("utf-8") == "{}"


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


def test_no_message_spells_a_command_for_one_place_alone() -> None:
    """The launcher's own name is written as the reader calls it; `./camp` alone, without a command, sets things up."""
    written = re.compile(r"\./camp [a-z]+")
    found = [
        message
        for package in ("autograder", "infra/localcloud")
        for _name, _line, text, _comments, _context in extract_from_dir(str(ROOT / package), [("**.py", "python")])
        for message in ([text] if isinstance(text, str) else text)
        if message and (match := written.search(message)) and match[0].split()[1] in COMMANDS
    ]
    assert found == []


def test_a_notebook_says_where_a_camp_is_opened() -> None:
    """JupyterLab's terminal ends with the camp: another lab is opened in the terminal from which this one was."""
    for notebook in ROOT.glob("notebooks/*/*.ipynb"):
        for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
            text = "".join(cell["source"])
            opened = re.findall(r"(\S*camp) up\b", text)
            assert not opened or ("./camp" in opened[0] and "Ctrl-C in the terminal where you opened the camp" in text)


@pytest.mark.parametrize(("launcher", "path", "wanted"), [
    ("./camp", "/usr/bin:/bin", "./camp"),  # a clone
    (None, "/usr/bin:/bin", "camp"),  # after `pip install`, or Binder's own
    ("../the camp/camp", "/usr/bin:/bin", "../the camp/camp"),
])  # fmt: skip
def test_a_command_is_printed_as_it_was_called(
    monkeypatch: pytest.MonkeyPatch, launcher: str | None, path: str, wanted: str
) -> None:
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv(typed.TYPED, launcher) if launcher else monkeypatch.delenv(typed.TYPED, raising=False)
    assert _("Run 'camp doctor': it says what is missing.") == f"Run '{wanted} doctor': it says what is missing."
    with typed.for_others():
        assert _("Run 'camp doctor': it says what is missing.") == "Run 'camp doctor': it says what is missing."


def test_in_jupyterlab_camp_is_on_the_path_and_opening_is_for_the_other_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shell, env = terminal(tmp_path)
    monkeypatch.setenv("PATH", env["PATH"])
    monkeypatch.setenv(typed.TYPED, "./camp")
    assert typed.as_typed("camp check 1.4") == "camp check 1.4"
    assert typed.as_typed("Stop the camp by Ctrl-C, then: camp up --lab 2") == (
        "Stop the camp by Ctrl-C, then: ./camp up --lab 2"
    )


def test_another_camp_on_the_path_is_not_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "camp"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv(typed.TYPED, "./camp")
    assert typed.as_typed("'camp doctor'") == "'./camp doctor'"


def test_commands_that_the_launcher_prints_run_in_its_folder(tmp_path: Path) -> None:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["./camp", "fault"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
    )
    printed = re.findall(r"(\S*camp) up", done.stderr)
    assert printed == ["./camp"], done.stderr
