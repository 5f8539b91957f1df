"""`camp test` on a small project of tests."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import USAGE, camp
from autograder.cli.test import passes

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
