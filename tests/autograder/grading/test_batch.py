"""The whole way, with real checks and nbgrader itself: from a folder of zips to grades and feedback."""

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from autograder.cli import OK, USAGE, camp
from autograder.grading.course import Course
from autograder.grading.gradebook import environment
from autograder.lab import find_lab

HERE = Path(__file__).parents[3]
LAB = "1-slack-bot"
POINTS = {
    "alice the solution": 18,
    "bob-starter": 0,
    "chloé": 15,
    "corrupt notebook": 18,
    "dmytro": 16,
    "efua": 15,
    "empty notebook": 18,
    "no app": 0,
}
MUTANTS = {"chloé": "always-hello", "dmytro": "no-challenge", "efua": "signature-not-checked"}

GRADE_BY_HAND = """
import sys
from autograder.workarounds.jsonschema_links import without_link_grammar
without_link_grammar()
from nbgrader.api import Gradebook
where = ("reflection", "1-slack-bot", "1-slack-bot", "alice the solution")
with Gradebook("sqlite:///" + sys.argv[1] + "/gradebook.db", "serverless-camp") as gradebook:
    one = gradebook.find_grade(*where)
    one.manual_score, one.extra_credit, one.needs_manual_grade = 1.5, 0.5, False
    gradebook.find_comment(*where).manual_comment = "Well said."
    gradebook.db.commit()
"""
SCORES = """
SELECT submitted_assignment.student_id, sum(auto_score) FROM grade
JOIN base_cell ON base_cell.id = grade.cell_id
JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
WHERE base_cell.name != 'reflection' GROUP BY 1
"""
TAKEN_OFF = """
SELECT submitted_assignment.student_id, coalesce(late_submission_penalty, 0) FROM submitted_notebook
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
"""
TWO_DAYS_LATE = """
[lab.1-slack-bot]
deadline = 2026-11-22T18:00:00
late = "points"
per_day = 1
"""
ROSTER = "student,first_name,last_name,extra_days\n" + "".join(
    f"{line}\n" for line in ("alice the solution,,,", "dmytro,,,1", "empty notebook,,,9", "zoë,Zoë,Ek,")
)
PENALTIES = {student: min(points, 2) for student, points in POINTS.items()} | {"dmytro": 1, "empty notebook": 0}
BY_HAND = "SELECT manual_score, extra_credit, needs_manual_grade FROM grade WHERE manual_score IS NOT NULL"


def handed_in(folder: Path, handins: Any) -> Path:
    """The eight submissions, in a folder of zips."""
    solution, answer = handins.app(HERE / "solutions" / LAB), handins.notebook(handins.answered())
    files = {
        "alice the solution": {**solution, **answer},
        "bob-starter": {**handins.app(HERE / "labs" / LAB), **handins.notebook(handins.released())},
        **{student: {**handins.mutant(mutant), **answer} for student, mutant in MUTANTS.items()},
        "empty notebook": {**solution, **handins.notebook(b"")},
        "corrupt notebook": {**solution, **handins.notebook(b'{"cells": [')},
        "no app": answer,
    }
    folder.mkdir()
    for student, content in files.items():
        (folder / f"{student}_{LAB}-20261124-101500.zip").write_bytes(handins.zip(content))
    return folder


def run(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "140"}).invoke(camp, [str(one) for one in arguments], prog_name="camp")


def grade_by_hand(course: Course) -> None:
    """By nbgrader's own gradebook, in a process of its own: it is slow to import, and warns."""
    subprocess.run([sys.executable, "-W", "ignore", "-c", GRADE_BY_HAND, str(course.root)], check=True)


def in_gradebook(course: Course, query: str) -> list[Any]:
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        return database.execute(query).fetchall()


def test_from_a_folder_of_zips_to_grades_and_feedback(course: Course, tmp_path: Path, handins: Any) -> None:
    zips = handed_in(tmp_path / "handed in", handins)
    (course.root / "course.toml").write_text(TWO_DAYS_LATE, "utf-8")
    (course.root / "roster.csv").write_text(ROSTER, "utf-8")
    done = run("grade", zips, "--lab", 1, "--course", course.root, "--seed", 11)
    assert done.exit_code == OK, done.output
    assert "seed 11" in done.stderr and "sandbox" not in done.stderr
    rows = in_table(done.stdout)
    assert {student: row.split("│")[2].strip() for student, row in rows.items()} == {
        student: f"{points}/18{f' −{PENALTIES[student]}' if PENALTIES[student] else ''}"
        for student, points in POINTS.items()
    }
    for student, words in {
        "alice the solution": "to be graded",
        "bob-starter": "no answer: 0",
        "corrupt notebook": "The notebook cannot be read: it is no JSON.",
        "empty notebook": "The notebook is empty.",
        "no app": "There is no app in the submission.",
        "chloé": "Not on the roster.",
    }.items():
        assert words in rows[student]
    assert "Not handed in: zoë" in done.stdout
    assert dict(in_gradebook(course, TAKEN_OFF)) == PENALTIES
    assert ("zoë", "Zoë", "Ek") in in_gradebook(course, "SELECT id, first_name, last_name FROM student")
    nbgrader_agrees(course)
    a_grade_by_hand_stays(course, zips, handins.answer)
    feedback_says_why(course)
    everything_is_exported(course)


def in_table(text: str) -> dict[str, str]:
    """Each student's row; remarks may take more than one line."""
    rows: dict[str, str] = {}
    for line in (line for line in text.splitlines() if line.startswith("│")):
        student = line.split("│")[1].strip() or list(rows)[-1]
        rows[student] = rows.get(student, "") + line
    return rows


def nbgrader_agrees(course: Course) -> None:
    """Plain `nbgrader autograde` makes the verdicts that are gone anew, and comes to the same points."""
    for student in ("dmytro", "no app"):
        course.verdict(LAB, student).unlink()
    command = [str(Path(sys.executable).parent / "nbgrader"), "autograde", LAB, "--force"]
    done = subprocess.run(command, cwd=course.root, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert dict(in_gradebook(course, SCORES)) == POINTS
    assert dict(in_gradebook(course, TAKEN_OFF)) == PENALTIES
    assert course.verdict(LAB, "dmytro").is_file()


def a_grade_by_hand_stays(course: Course, zips: Path, answer: str) -> None:
    """Scores, extra credit and comments are as they were after a regrade; the same answer needs no second look."""
    grade_by_hand(course)
    for path in zips.iterdir():
        if not path.name.startswith(("alice", "no app")):
            path.unlink()
    done = run("grade", zips, "--lab", 1, "--course", course.root, "--json")
    assert done.exit_code == OK, done.output
    found = json.loads(done.stdout)
    alice, nobody = found["students"]
    assert (found["seed"], alice["verdict"]["points"], alice["late_penalty"], alice["total"]) == (11, 18, 2, 18)
    assert nobody["reason"] == "There is no app in the submission."
    assert alice["reflection"] == {"state": "graded", "score": 1.5, "text": answer}
    assert in_gradebook(course, BY_HAND) == [(1.5, 0.5, 0)]


def feedback_says_why(course: Course) -> None:
    """Each failed check shows what the learner would have seen; nothing that was handed in runs."""
    done = run("course", "feedback", 1, "--course", course.root)
    assert done.exit_code == OK
    assert str(course.feedback(LAB, "dmytro").with_name("feedback.html")) in done.stdout.splitlines()
    assert "still to be graded, and" in done.stderr
    page = course.feedback(LAB, "dmytro").read_text("utf-8")
    verdict = json.loads(course.verdict(LAB, "dmytro").read_text("utf-8"))["graded"]["verdict"]
    [failed] = [check for check in verdict["checks"] if check["outcome"] == "failed"]
    assert failed["id"] == "1.3" and "1.3 It answers Slack's challenge: failed, 0/2" in page.replace("&#x27;", "'")
    assert failed["expected"].splitlines()[0] in page.replace("&quot;", '"') and "16 of 18 points" in page
    assert "<script>document.title" not in page and "&lt;script&gt;document.title" in page
    assert 'href="javascript:' not in page
    assert "Well said." in course.feedback(LAB, "alice the solution").read_text("utf-8")
    assert "There is no app in the submission." in course.feedback(LAB, "no app").read_text("utf-8")
    ours = course.feedback(LAB, "dmytro").with_name("feedback.html").read_text("utf-8")
    assert "Up to one day late: \u22121 point." in ours
    assert "of 20 points" in ours


def everything_is_exported(course: Course) -> None:
    """One table of the course agrees with nbgrader's own; what is not known is empty, and said."""
    done = run("course", "export", "--course", course.root)
    assert done.exit_code == OK and "still to be graded" in done.stderr and "No moodle.csv" in done.stderr
    lines = {one["student"]: one for one in table_of(course.exports() / "course.csv")}
    alice, zoë = lines["alice the solution"], lines["zoë"]
    part = [alice[f"{LAB} {name}"] for name in ("checks", "manual", "extra_credit", "late_penalty", "total", "status")]
    assert part == ["18", "1.5", "0.5", "2", "18", "complete"]
    assert (zoë["name"], zoë[f"{LAB} total"], zoë["status"]) == ("Zoë Ek", "", "not handed in")
    assert lines["dmytro"]["status"] == "reflection to be graded"
    theirs = {one["student_id"]: one for one in table_of(course.exports() / "nbgrader.csv")}
    for student, line in lines.items():
        assert float(theirs[student]["score"]) == float(line[f"{LAB} total"] or 0), student
        assert float(theirs[student]["late_submission_penalty"] or 0) == float(line[f"{LAB} late_penalty"] or 0)
    assert (course.exports() / LAB / "grades.csv").is_file()


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_what_cannot_be_graded_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "There is no course" in run("grade", tmp_path, "--lab", 1).stderr
    assert run("course", "new").exit_code == OK
    for arguments in (("grade", "nowhere"), ("grade", ".", "--lab", 77), ("release", 77), ("feedback", 77)):
        assert run(*arguments).exit_code == USAGE
    assert "Nobody has been graded yet" in run("feedback", 1).stderr
    again = run("course", "new")
    assert (again.exit_code, again.stdout.splitlines()[0]) == (OK, "course: 0 files added.")
    shutil.rmtree(tmp_path / "course" / "source")
    os.rename(tmp_path / "course" / "README.md", tmp_path / "notes.md")
    assert "is not empty and holds no course" in run("course", "new", ".").stderr
    assert find_lab("1").name == LAB
