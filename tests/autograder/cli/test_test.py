"""`camp test` on a small project of tests."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder import project as project_folder
from autograder.cli import USAGE, camp
from autograder.cli.test import PROOFS, passes
from localcloud import extras

UNSTEADY = """
from pathlib import Path

def test_fails_the_first_time():
    seen = Path(__file__).with_name("seen")
    there = seen.exists()
    seen.touch()
    assert there

def test_passes():
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_what_fails_beside_others_is_run_once_more(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "test_it.py").write_text(UNSTEADY)
    assert passes(project, dict(os.environ), ["test_it.py"])
    shown = capfd.readouterr().out
    assert "run once more, alone" in shown and "test_fails_the_first_time PASSED" in shown


def test_what_fails_again_has_failed(project: Path) -> None:
    (project / "test_it.py").write_text("def test_it():\n    assert False\n")
    assert not passes(project, dict(os.environ), ["test_it.py"])


def test_a_file_that_cannot_be_collected_is_no_test_that_failed(project: Path) -> None:
    assert not passes(project, dict(os.environ), ["test_nowhere.py"])


def test_a_number_of_seeds_wants_all() -> None:
    done = CliRunner().invoke(camp, ["test", "--seeds", "5"], prog_name="camp")
    assert done.exit_code == USAGE and "--seeds goes with --all." in done.output


RECORDING = """
import json, os, sys
from pathlib import Path

def test_it():
    named = {name: os.environ.get(name) for name in ("CAMP_LAB", "CAMP_SEEDS", "CAMP_PLAIN")}
    with Path("record.json").open("a") as file:
        file.write(json.dumps(named) + "\\n")
"""
LAB_TOML = """
number = 7
title = "Tiny"
minutes = 5
services = ["aws"]

[[check]]
id = "7.1"
points = 2
"""


@pytest.fixture
def clone(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with one lab on AWS, whose file of proofs notes what it is asked for."""
    files = {"labs/7-tiny/lab.toml": LAB_TOML, PROOFS: RECORDING, "tests/test_more.py": "raise RuntimeError\n"}
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    monkeypatch.setenv("CAMP_ROOT", str(project))
    project_folder.root.cache_clear()
    yield project
    project_folder.root.cache_clear()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The extras that are asked for; none is installed."""
    names: list[str] = []
    monkeypatch.setattr("autograder.cli.test.ensure_extra", names.append)
    return names


def test_one_labs_proofs_run_with_its_extras_and_nothing_else(clone: Path, installed: list[str]) -> None:
    for lab in ("7", "tiny", "7-tiny"):
        done = CliRunner().invoke(camp, ["test", "--lab", lab, "--all", "--seeds", "5", "--plain", "--", "-k", "it"])
        assert done.exit_code == 0, done.output
    recorded = [json.loads(line) for line in (clone / "record.json").read_text().splitlines()]
    assert recorded == [{"CAMP_LAB": "7-tiny", "CAMP_SEEDS": "5", "CAMP_PLAIN": "1"}] * 3
    assert installed == ["moto"] * 3 and set(installed) < set(extras.names())


def test_arguments_after_the_lab_are_pytests(clone: Path, installed: list[str]) -> None:
    done = CliRunner().invoke(camp, ["test", "--lab", "7", "--", "-k", "no_such_proof"])
    assert done.exit_code != 0 and not (clone / "record.json").exists()


def test_a_lab_that_is_not_there_is_named(clone: Path, installed: list[str]) -> None:
    done = CliRunner().invoke(camp, ["test", "--lab", "9"])
    assert done.exit_code == USAGE and "There is no lab 9. The labs are: 7-tiny." in done.output
    assert installed == []
