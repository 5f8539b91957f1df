"""Other ways: a learner who has passed a check sees how others did it, and nobody before."""

import pytest
from click.testing import CliRunner, Result
from rich.syntax import Syntax

from autograder import notebook, project
from autograder.cli import OK, USAGE, camp
from autograder.cli.solutions import panel_of
from autograder.lab import Lab, find_lab, labs
from autograder.progress import Progress
from autograder.verdict import PASSED, CheckResult, Verdict
from autograder.ways import ways


def run(id: str) -> Result:
    return CliRunner().invoke(camp, ["solutions", id], prog_name="camp")


def passed(lab: str, id: str) -> None:
    result = CheckResult(id, "It", PASSED, 2, 2, 0.1)
    Progress(project.state(), print).record(Verdict.of_results(lab, 1, [result]))


def test_the_parts_that_have_to_do_with_a_check_are_shown() -> None:
    lab = find_lab("1")
    found = {way.name: way.code for way in ways(lab, lab.check("1.4"))}
    assert list(found) == ["solution", *(one.name for one in lab.alternatives)]
    assert found["solution"].startswith("# function_app.py\ndef signed_by_slack(")
    assert "greet" not in found["solution"]
    assert "hmac.new(" in found["wsgi"] and "# bot/events.py" in found["blueprint"]


def test_every_check_of_an_app_has_a_way_for_each_alternative() -> None:
    for lab in labs():
        for check in lab.checks:
            shown = ways(lab, check)
            assert len(shown) == 1 + len(lab.alternatives), check.id
            assert all(way.code and "### BEGIN" not in way.code and "STARTER" not in way.code for way in shown)


def test_code_has_the_colours_of_its_own_language() -> None:
    for number, check, language in (("1", "1.4", "python"), ("3", "3.1", "yaml"), ("6", "6.1", "terraform")):
        lab = find_lab(number)
        [syntax] = [
            one
            for one in panel_of(ways(lab, lab.check(check))[0]).renderable.renderables  # type: ignore[union-attr]
            if isinstance(one, Syntax)
        ]
        assert syntax.lexer and language in syntax.lexer.aliases


def test_nothing_is_shown_before_the_check_passes(tiny: Lab) -> None:
    done = run("1.1")
    assert done.exit_code == USAGE and "def hello" not in done.output
    assert "camp check 1.1" in done.output and "camp hint 1.1" in done.output
    passed("1-tiny", "1.1")
    done = run("1.1")
    assert done.exit_code == OK, done.output
    assert "solution" in done.stdout and "def hello" in done.stdout
    assert run("1.2").exit_code == USAGE


def test_a_notebook_shows_the_ways_side_by_side(tiny: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    notebook.solutions("1.1")
    assert capsys.readouterr().out == "Other ways are shown once 1.1 passes.\n"
    lab = find_lab("1")
    shown = notebook.OtherWays("1.1", tuple(ways(lab, lab.check("1.1"))))._repr_html_()
    assert shown.startswith("<details><summary>") and shown.count("<pre") == 1 + len(lab.alternatives)
