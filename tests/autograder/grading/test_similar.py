"""`camp similar` on a course: who is compared, who cannot be, and what is shown."""

import csv
import io
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import OK, USAGE, camp
from autograder.grading import shaping
from autograder.grading.course import Course
from autograder.grading.fingerprint import Unreadable
from autograder.grading.newcourse import new
from autograder.grading.shaping import Shaper, python_in, shaper
from autograder.lab import find_lab

HERE = Path(__file__).parents[3]
LAB = "1-slack-bot"
STRANGER = "<img src=x onerror=alert(1)>"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course(tmp_path / "course")
    new(made.root, [find_lab("1")])
    return made


def hand_in(course: Course, student: str, text: str) -> None:
    folder = course.submitted(LAB, student)
    folder.mkdir(parents=True)
    (folder / "function_app.py").write_text(text, "utf-8")


def test_pairs_are_shown_side_by_side_and_nothing_in_them_is_markup(course: Course) -> None:
    solution = (HERE / "solutions" / LAB / "function_app.py").read_text("utf-8")
    hand_in(course, "alice", solution.replace("problem", "trouble") + "# </pre><script>alert(1)</script>\n")
    hand_in(course, STRANGER, solution.replace('"There is no user_name."', '"<script>alert(2)</script>"'))
    hand_in(course, "=bob", (HERE / "labs" / LAB / "function_app.py").read_text("utf-8"))
    hand_in(course, "eve", "def f(:\n")
    hand_in(course, "mallory", "#" * 10_000_000)
    done = CliRunner(env={"COLUMNS": "140"}).invoke(camp, ["similar", "--lab", "1", "--course", str(course.root)])
    assert done.exit_code == OK, done.output
    for words in ("3 submissions compared, 1 pair alike", "not a verdict", "eve, function_app.py: line 1", "mallory"):
        assert words in done.output
    page = (course.reports(LAB) / "similar.html").read_text("utf-8")
    assert "<script" not in page and "<img" not in page and "&lt;img src=x" in page
    assert "&lt;script&gt;alert(2)" in page and "1 has nothing but the starter" in page
    lines = list(csv.reader(io.StringIO((course.reports(LAB) / "similar.csv").read_text("utf-8-sig"))))
    assert lines[1][:5] == [STRANGER, "alice", "1", "1", "1"]
    assert {line[0]: line[5][:23] for line in lines[2:]} == {
        "eve": "function_app.py: line 1",
        "mallory": "function_app.py: it is ",
    }


def test_a_course_without_submissions_is_a_usage_error(course: Course) -> None:
    done = CliRunner().invoke(camp, ["similar", "--lab", "1", "--course", str(course.root)])
    assert done.exit_code == USAGE and "Nobody has been graded yet" in done.output


def test_a_parser_that_dies_or_hangs_is_a_reason_and_the_next_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with shaper() as process:
        process.shape({"a.py": b"x = 1"})
        assert process._process
        process._process.kill()
        with pytest.raises(Unreadable, match="died"):
            process.shape({"a.py": b"x = 1"})
        assert process.shape({"a.py": b"def f(a):\n    return [a + 1, a + 2]"}).hashes
    hanging = Shaper(seconds=0.0)
    with pytest.raises(Unreadable, match="Time-out"):
        hanging.shape({"a.py": b"x = 1\n" * 50_000})
    assert hanging._process is None


def test_links_and_what_is_too_much_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("a", "utf-8")
    (tmp_path / "b.txt").write_text("b", "utf-8")
    os.symlink("/etc/passwd", tmp_path / "c.py")
    os.mkfifo(tmp_path / "d.py")
    assert python_in(tmp_path) == {"a.py": b"a"}
    monkeypatch.setattr(shaping, "MOST_OF_ALL", 3)
    (tmp_path / "e.py").write_text("eeeeee", "utf-8")
    assert python_in(tmp_path) == {"a.py": b"a", "e.py": b"ee"}


def test_a_class_of_a_hundred_takes_seconds(course: Course) -> None:
    solution = (HERE / "solutions" / LAB / "function_app.py").read_text("utf-8")
    for number in range(100):
        hand_in(course, f"student {number:03}", solution + f"\n\ndef more(a):\n    return {'a + ' * (number % 40)}a\n")
    started = time.process_time()
    done = CliRunner().invoke(camp, ["similar", "--lab", "1", "--course", str(course.root)])
    assert done.exit_code == OK, done.output
    assert time.process_time() - started < 5
