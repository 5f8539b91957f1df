"""A lab is named by its number, its slug or its folder, in every command that takes one."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from autograder import project, workspace
from autograder.cli import camp
from autograder.grading import exporting, formgrader, gradebook
from autograder.grading.course import CONFIG, MARK
from localcloud.supervisor.ledger import Entry, Ledger, born

LAB = "LAB"
NAMES = ("1", "tiny", "1-tiny")
STAMP = re.compile(r"-\d{8}-\d{6}(\.\d+)?(?=\.zip)")  # of a backup
COMMANDS = {
    "up": ["--lab", LAB, "--no-browser"],
    "reset": [LAB, "--yes"],
    "check": [LAB, "--app", "nowhere"],
    "watch": [LAB, "--app", "nowhere"],
    "reveal": [LAB, "--yes"],
    "submit": [LAB],
    "course release": [LAB],
    "course workflow": [LAB, "--camp", "https://example.com/camp", "--ref", "main"],
    "course collect": ["handed-in", "--lab", LAB],
    "course grade": ["handed-in", "--lab", LAB, "--trusted"],
    "course open": [LAB, "--no-browser"],
    "course feedback": [LAB],
    "course export": ["--lab", LAB],
    "release": [LAB],
    "grade": ["handed-in", "--lab", LAB, "--trusted"],
    "feedback": [LAB],
    "similar": ["--lab", LAB],
    "slides": [LAB, "--html"],
    "test": ["--lab", LAB],
}


def commands(one: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command below this one, with its words."""
    if not isinstance(one, click.Group):
        yield name, one
        return
    context = click.Context(one)
    for word in one.list_commands(context):
        if found := one.get_command(context, word):
            yield from commands(found, f"{name} {word}".strip())


def test_no_command_with_a_lab_is_forgotten() -> None:
    taking = {
        name
        for name, command in commands(camp)
        for one in command.params
        if one.name == "lab" or (one.metavar or "").strip("[]") in ("LAB", "DECK")
    }
    assert taking == set(COMMANDS)


@pytest.fixture
def course(with_notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The small project, open; in it a course. What takes long in a command says the lab's name instead."""
    root = with_notebook
    for folder in ("slides", "tests", "solutions/1-tiny", "course", "handed-in"):
        (root / folder).mkdir(parents=True)
    (root / "slides" / "1-tiny.md").write_text("# Tiny\n")
    (root / "course" / CONFIG).write_text(f"# {MARK}\n")
    for name in ("release", "feedback"):
        monkeypatch.setattr(gradebook, name, lambda _course, lab: failing(gradebook.GradebookError, lab.name))
    monkeypatch.setattr(exporting, "export", lambda _c, labs, *_: failing(gradebook.GradebookError, labs[0].name))
    monkeypatch.setattr(formgrader, "run", lambda _course, lab, _opened: failing(formgrader.FormgraderFailed, lab))
    monkeypatch.setattr("autograder.deck.make", lambda deck, *_: Path(f"{deck.name}.html"))
    monkeypatch.setattr("autograder.cli.slides.ensure_extra", lambda _name: None)
    monkeypatch.setattr(
        "autograder.cli.test.passes", lambda _root, settings, _: click.echo(settings["CAMP_LAB"]) or True
    )
    monkeypatch.setattr(workspace, "make_student_notebook", shutil.copy)
    monkeypatch.setenv("CAMP_APPS_PYTHON", str(project.apps_python()))
    monkeypatch.setenv("CAMP_ROOT", str(root))
    monkeypatch.chdir(root)
    project.root.cache_clear()
    supervisor = Entry("supervisor", os.getpid(), "", "ready", born(os.getpid()) or 0.0)
    Ledger(project.state() / "services.json").write([supervisor], {"lab": "1-tiny"})
    yield root
    project.root.cache_clear()


def failing(kind: type[Exception], words: str) -> None:
    raise kind(words)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_lab_is_found_by_number_slug_and_folder(course: Path, command: str) -> None:
    said = {}
    for name in (*NAMES, "nothing"):
        arguments = [name if word == LAB else word for word in COMMANDS[command]]
        done = CliRunner().invoke(camp, [*command.split(), *arguments], prog_name="camp")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        said[name] = (done.exit_code, STAMP.sub("", done.output))
    assert "There is no lab nothing." in said["nothing"][1] or "There are no slides 'nothing'." in said["nothing"][1]
    first, *others = [said[name] for name in NAMES]
    assert others == [first, first] and not re.search(r"There (is no lab|are no slides)", first[1])
