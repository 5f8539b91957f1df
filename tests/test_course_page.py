"""docs/course.md is true: its files are read and its commands run, in its order, on a class of three."""

import csv
import os
import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from autograder.cli import OK, camp
from autograder.grading import collected
from autograder.grading.course import Course

from .autograder.grading.conftest import Handins
from .autograder.grading.test_collected import commit

PROJECT = Path(__file__).parents[1]
PAGE = (PROJECT / "docs" / "course.md").read_text("utf-8")
LAB = "1-slack-bot"
SLOW = ("release", "grade", "feedback", "export")  # they need nbgrader, whose import alone takes seconds
WHOLE = int(os.environ.get("CAMP_SEEDS", "1")) > 1


BLOCK = re.compile(r"(?P<before>[^\n]*)\n\n```(?P<language>\w*)\n(?P<text>.*?)\n```\n", re.DOTALL)


def commands() -> list[list[str]]:
    """Every line in a block without a language."""
    blocks = [one["text"] for one in BLOCK.finditer(PAGE) if not one["language"]]
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def files() -> dict[str, str]:
    """Every other block, by the file that is named at the end of the line before it."""
    blocks = [one for one in BLOCK.finditer(PAGE) if one["language"]]
    return {one["before"].split("`")[-2]: one["text"] + "\n" for one in blocks}


def run(arguments: list[str]) -> Result:
    return CliRunner(env={"CAMP_LANG": "en", "COLUMNS": "140"}).invoke(camp, arguments, prog_name="camp")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the instructor sits: what two of three students handed in, and one's repository."""
    handins = Handins()
    answer = handins.notebook(handins.answered()) if WHOLE else {}
    work = {
        f"aiko_{LAB}-20261029-101500.zip": {**handins.mutant("no-challenge"), **answer},
        f"aiko_{LAB}-20261030-101500.zip": {**handins.app(PROJECT / "solutions" / LAB), **answer},
        f"björn_{LAB}-20261103-101500.zip": {**handins.mutant("no-challenge"), **answer},
    }
    (tmp_path / "handed-in").mkdir()
    for name, content in work.items():
        (tmp_path / "handed-in" / name).write_bytes(handins.zip(content))
    commit(tmp_path / "git" / "lab-aiko-s.git", "in time", "2026-10-31T20:00:00Z")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def on_this_machine(arguments: list[str], desk: Path) -> list[str]:
    """The same with repositories of this machine in the place of GitHub's."""
    github = "https://github.com/our-class/"
    return [one.replace(github, f"{(desk / 'git').as_uri()}/") if "lab-{" in one else one for one in arguments]


def parsed(arguments: list[str]) -> None:
    """Finds the command and reads its arguments; a click.UsageError says what is wrong with them."""
    command: click.Command = camp
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), arguments[0])
        assert found is not None, arguments
        command, arguments = found, arguments[1:]
    command.make_context(command.name, list(arguments))


def test_the_page_works_from_its_first_command_to_its_last(desk: Path) -> None:
    """Without `camp test --all`, what needs nbgrader is only read; tests/autograder/grading has all of it."""
    given = files()
    assert set(given) == {"course/course.toml", "class.csv"}
    (desk / "class.csv").write_text(given["class.csv"], "utf-8")
    done = []
    for program, *arguments in commands():
        assert program == "./camp"
        local = on_this_machine(arguments, desk)
        parsed(local)
        if arguments[1] == "open" or (arguments[1] in SLOW and not WHOLE):
            continue
        found = run(local)
        assert found.exit_code == OK, f"{arguments}\n{found.output}"
        done.append(arguments[1])
        if arguments[1] == "new":
            (desk / "course" / "course.toml").write_text(given["course/course.toml"], "utf-8")
    assert done[:2] == ["new", "roster"] and {"workflow", "collect"} <= set(done)
    course = Course(desk / "course")
    assert [len(collected.attempts(course.collected(LAB) / one)) for one in ("aiko", "björn", "mei")] == [3, 1, 0]
    if WHOLE:
        grades_are_as_the_page_says(course)


def grades_are_as_the_page_says(course: Course) -> None:
    """Aiko's best of three, Björn a day late beyond his two, Mei with nothing."""
    with (course.exports() / "course.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = {one["student"]: one for one in csv.DictReader(file)}
    columns = [f"{LAB} {name}" for name in ("checks", "late_penalty", "total", "status")]
    assert {student: [line[column] for column in columns] for student, line in lines.items()} == {
        "aiko": ["18", "", "18", "reflection to be graded"],
        "björn": ["16", "2", "14", "reflection to be graded"],
        "mei": ["", "", "", "not handed in"],
    }
    assert course.feedback(LAB, "aiko").with_name("feedback.html").is_file()
    assert (course.reports(LAB) / "report.html").is_file()


def test_what_is_named_in_the_text_is_there(tmp_path: Path) -> None:
    for text in re.findall(r"`\./camp ([^`]+)`", PAGE):
        assert run([shlex.split(text)[0], "--help"]).exit_code == OK, text
    links = [link for link in re.findall(r"\]\(([^)#:]+)\)", PAGE)]
    assert links and not [link for link in links if not (PROJECT / "docs" / link).is_file()]
    for picture in (PROJECT / "docs").glob("course-*.png"):
        assert f"]({picture.name})" in PAGE and picture.stat().st_size <= 150_000
