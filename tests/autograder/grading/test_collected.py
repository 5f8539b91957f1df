"""What was handed in is kept, attempt by attempt, with the time that counts; repositories as they were at a time."""

import os
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from autograder.cli import BROKEN, OK, USAGE, camp
from autograder.grading import attempts, collected, newcourse
from autograder.grading.collected import When
from autograder.grading.course import Course
from autograder.grading.gathering import waiting
from autograder.grading.rules import Rules, rules
from autograder.grading.unpacking import unpack

NOW = datetime(2026, 12, 3, 12, tzinfo=timezone.utc)
LAB = "1-slack-bot"


@pytest.fixture
def made(tmp_path: Path, handins: Any) -> Course:
    newcourse.new(tmp_path / "kürs a", [handins.lab])
    return Course(tmp_path / "kürs a")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "handed in").mkdir()
    return tmp_path / "handed in"


def take(made: Course, lab: Any, source: Path, when: When | None = None) -> list[Any]:
    when = when or When(NOW, timezone.utc)
    names = rules(made).roster.student_of
    return [one for person in waiting(source, lab, names=names) for one in collected.take_in(made, lab, person, when)]


def facts(made: Course, student: str) -> list[collected.Attempt]:
    return [attempt for _number, attempt in collected.attempts(made.collected(LAB) / student)]


def run(*arguments: object) -> Result:
    return CliRunner(env={"CAMP_LANG": "en"}).invoke(camp, ["course", "collect", *(str(one) for one in arguments)])


def test_every_file_is_an_attempt_and_none_is_taken_in_twice(made: Course, folder: Path, handins: Any) -> None:
    for name in ("bob_1-slack-bot-20261124-101500.zip", "bob_1-slack-bot-20261201-101500.zip", "zoë.zip"):
        (folder / name).write_bytes(name.encode())
    assert [(one.student, one.number) for one in take(made, handins.lab, folder)] == [
        ("bob", 1),
        ("bob", 2),
        ("zoë", 1),
    ]
    assert [one.number for one in take(made, handins.lab, folder)] == [None, None, None]
    (folder / "bob_1-slack-bot-20261202-101500.zip").write_bytes(b"third")
    assert [one.number for one in take(made, handins.lab, folder)] == [None, None, 3, None]
    assert [(one.handed_in, one.known_by) for one in facts(made, "bob")] == [
        ("2026-11-24 10:15:00 UTC", "name"),
        ("2026-12-01 10:15:00 UTC", "name"),
        ("2026-12-02 10:15:00 UTC", "name"),
    ]
    assert facts(made, "zoë")[0].known_by == "collected"
    data = [one.data for one in attempts.to_grade(made, handins.lab, None, Rules())]
    assert data == [b"third", b"zo\xc3\xab.zip"]


def test_what_a_killed_collect_left_is_no_attempt_and_none_is_replaced(
    made: Course, folder: Path, handins: Any
) -> None:
    place = made.collected(LAB) / "bob"
    for text in ("one", "two"):
        (folder / "bob.zip").write_text(text)
        take(made, handins.lab, folder)
    (place / "003.zip").write_text("half")
    (place / "001.json").unlink()
    (folder / "bob.zip").write_text("three")
    [taken] = take(made, handins.lab, folder)
    assert taken.number == 3 and (place / "003.zip").read_text() == "three" and (place / "002.zip").read_text() == "two"
    (place / "002.json").write_text('{"handed_in": 3')
    done = run(folder, "--lab", 1, "--course", made.root)
    assert done.exit_code == USAGE and "002.json is damaged" in done.output.replace("\n", "")


def test_nobody_hands_in_for_another_of_the_same_name(made: Course, folder: Path, handins: Any) -> None:
    (made.root / "roster.csv").write_text("student,first_name,last_name\ns1,Aiko,Sato\n")
    (folder / "Aiko Sato_1_assignsubmission_file.zip").write_bytes(b"x")
    assert [one.student for one in take(made, handins.lab, folder)] == ["s1"]
    (folder / "Aiko Sato_2_assignsubmission_file.zip").write_bytes(b"y")
    assert [one.student for one in take(made, handins.lab, folder)] == ["Aiko Sato 1", "Aiko Sato 2"]
    (made.root / "roster.csv").write_text("student,first_name,last_name,lms\ns1,Aiko,Sato,moodle:2\n")
    assert [one.student for one in take(made, handins.lab, folder)] == ["Aiko Sato 1", "s1"]


def test_a_folder_that_goes_back_to_what_it_was_is_a_new_attempt(made: Course, folder: Path, handins: Any) -> None:
    (folder / "bob").mkdir()
    for number, text in enumerate(("one", "two", "two", "one"), 1):
        (folder / "bob" / "function_app.py").write_text(text)
        [taken] = take(made, handins.lab, folder)
        assert taken.number == {1: 1, 2: 2, 3: None, 4: 3}[number]


def test_a_time_is_the_instructors_then_nbgraders_then_a_claim_and_never_in_the_future(
    made: Course, folder: Path, handins: Any
) -> None:
    for student in ("given", "stamped"):
        (folder / student / LAB).mkdir(parents=True)
        (folder / student / LAB / "function_app.py").write_text("app")
        (folder / student / LAB / "timestamp.txt").write_text("2026-12-02 10:00:00 Asia/Tokyo\n")
    (folder / "future_1-slack-bot-20300101-000000.zip").write_bytes(b"x")
    times = {"given": datetime(2026, 12, 1, tzinfo=timezone.utc)}
    take(made, handins.lab, folder, When(NOW, timezone.utc, None, times))
    assert {
        one: (facts(made, one)[0].handed_in, facts(made, one)[0].known_by) for one in ("given", "stamped", "future")
    } == {
        "given": ("2026-12-01 00:00:00 UTC", "given"),
        "stamped": ("2026-12-02 01:00:00 UTC", "nbgrader"),
        "future": ("2026-12-03 12:00:00 UTC", "collected"),
    }


def commit(repository: Path, text: str, when: str, student: str = "1-slack-bot/function_app.py") -> None:
    place = repository / student
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    environment = {**os.environ, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (
        ["-c", "init.defaultBranch=main", "init", "-q"],
        ["add", "-A"],
        [*who, "commit", "-q", "-m", text, "--allow-empty"],
    ):
        subprocess.run(["git", "-C", str(repository), *command], check=True, env=environment)


@pytest.fixture
def class_list(tmp_path: Path) -> Path:
    """GitHub Classroom's roster of three, one of whom has not accepted, and the repositories of two."""
    commit(tmp_path / "répos" / "lab-aiko-s.git", "in time", "2025-12-01T20:00:00Z")
    commit(tmp_path / "répos" / "lab-aiko-s.git", "late", "2025-12-02T20:00:00Z")
    commit(tmp_path / "répos" / "lab-mei.git", "late too", "2025-12-02T08:00:00Z")
    path = tmp_path / "classroom_roster.csv"
    path.write_text(
        '"identifier","github_username","github_id","name"\naiko,aiko-s,7,\nbjörn,,,\nmei,mei,9,\n', "utf-8"
    )
    return path


def test_repositories_are_taken_as_they_were_at_a_deadline(made: Course, class_list: Path, handins: Any) -> None:
    url = class_list.parent.as_uri() + "/r%C3%A9pos/lab-{github}.git"
    options = ["--lab", 1, "--course", made.root, "--url", url]
    done = run(class_list, *options, "--until", "2025-12-01 23:59 UTC")
    assert done.exit_code == BROKEN, done.output
    assert "mei: There is no commit up to 2025-12-01T23:59:00+00:00." in done.output
    assert collected.students(made, handins.lab) == ["aiko"]
    assert [(one.handed_in, one.known_by) for one in facts(made, "aiko")] == [("2025-12-01 20:00:00 UTC", "commit")]
    [aiko] = attempts.to_grade(made, handins.lab, None, Rules())
    assert unpack(aiko.data, handins.lab).app == {"function_app.py": b"in time"}
    done = run(class_list, *options)
    assert (done.exit_code, [len(facts(made, student)) for student in ("aiko", "mei")]) == (OK, [2, 1])
    commit(class_list.parent / "répos" / "lab-mei.git", "late too", "2025-12-02T09:00:00Z")  # the same files again
    assert "New attempts: 0; known already: 2;" in run(class_list, *options).output


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--url", "https://example.org/lab.git"], "--url needs {github} or {student}"),
        (["--at", "yesterday"], "--at: yesterday is no time"),
        (["--at", "2026-12-01"], "--at: 2026-12-01 is no time; one is 2026-12-01 23:59"),
        (["--until", "2026-12-01"], "go with a CSV file"),
        (["--course", "nowhere"], "There is no course in"),
    ],
)
def test_what_cannot_be_collected_is_a_usage_error(made: Course, folder: Path, options: list[str], why: str) -> None:
    done = run(folder, "--lab", 1, "--course", made.root, *options)
    assert done.exit_code == USAGE and why in done.output.replace("\n", " ")


def test_a_name_that_could_be_an_option_or_another_address_is_refused(made: Course, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("student,github\nbob,../../secrets\n")
    done = run(tmp_path / "list.csv", "--lab", 1, "--course", made.root, "--url", "file:///x/{github}.git")
    assert done.exit_code == USAGE and "../../secrets is no name on GitHub" in done.output


def test_moodles_worksheet_tells_the_times(made: Course, folder: Path, tmp_path: Path, handins: Any) -> None:
    (folder / "Aiko Sato_4711_assignsubmission_file").mkdir()
    (folder / "Aiko Sato_4711_assignsubmission_file" / "lab.zip").write_bytes(b"x")
    (folder / "Bo Ek_5_assignsubmission_file").mkdir()
    (folder / "Bo Ek_5_assignsubmission_file" / "1-slack-bot-20251201-210000.zip").write_bytes(b"x")
    sheet = tmp_path / "Grades.csv"
    sheet.write_text(
        "Identifier,Full name,Last modified (submission)\n"
        'Participant 4711,Aiko Sato,"Tuesday, 1 December 2026, 9:30 PM"\nParticipant 5,Bo,-\n'
    )
    (made.root / "course.toml").write_text('timezone = "Asia/Tokyo"\n')
    (made.root / "roster.csv").write_text("student,first_name,last_name\ns1,Aiko,Sato\n")
    assert run(folder, "--lab", 1, "--course", made.root, "--times", sheet).exit_code == OK
    [aiko] = facts(made, "s1")
    assert (aiko.handed_in, aiko.known_by, aiko.lms) == ("2026-12-01 12:30:00 UTC", "given", "moodle:4711")
    [bo] = facts(made, "Bo Ek 5")
    assert (bo.handed_in, bo.known_by, bo.name) == (
        "2025-12-01 12:00:00 UTC",
        "name",
        "1-slack-bot-20251201-210000.zip",
    )
