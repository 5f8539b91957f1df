"""A fault of ours is never a learner's zero: a person is asked."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from autograder.cli import BROKEN, camp
from autograder.grading import batch
from autograder.grading.course import Course
from autograder.grading.grade import Graded, fault, grade

QUERY = "SELECT auto_score, needs_manual_grade FROM grade JOIN base_cell ON base_cell.id = cell_id WHERE name != ?"


def test_a_fault_of_ours_is_marked_and_left_to_a_person(
    course: Course, tmp_path: Path, handins: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_times_broken(data: bytes, lab: Any, seed: int, **how: Any) -> Graded:
        return fault(lab, seed, KeyError("x")) if b"alice" in data else grade(data, lab, seed, **how)

    monkeypatch.setattr(batch, "grade", at_times_broken)
    zips = tmp_path / "zips"
    zips.mkdir()
    (zips / "alice.zip").write_bytes(b"alice")
    (zips / "bob.zip").write_bytes(b"no zip")
    arguments = ["grade", str(zips), "--lab", "1", "--course", str(course.root)]
    done = CliRunner(env={"COLUMNS": "120"}).invoke(camp, arguments, prog_name="camp")
    assert done.exit_code == BROKEN, done.output
    alice, bob = (line for line in done.stdout.splitlines() if line.startswith("│"))
    assert "fault of ours" in alice and "KeyError: 'x'" in alice
    assert "0/18" in bob and "The file is no zip, or it is damaged." in bob
    assert "1 could not be graded for a fault of ours" in done.stdout
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        scores = database.execute(QUERY, ("reflection",)).fetchall()
    assert sorted(scores, key=str) == [*[(0.0, 0)] * 8, *[(None, 1)] * 8]
