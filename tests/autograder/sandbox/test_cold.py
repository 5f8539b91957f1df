"""Without all that makes the sandbox fast, verdicts are the same."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.appfolder import app_files
from autograder.cli import OK, USAGE, camp
from autograder.grading.pool import pool
from autograder.grading.unpacking import packed
from autograder.lab import Lab, find_lab
from autograder.mutants import mutated
from autograder.runner import run_checks
from autograder.sandbox import Sandbox
from autograder.verdict import FAILED, PASSED, Verdict

SEED = 5
# An app that is right in a fresh interpreter and wrong in one that was forked from a nursery.
COLD_ONLY = 'return ("Hello, " if "camp_cell" not in __import__("sys").modules else "Forked, ")'


@pytest.fixture(scope="module")
def cold() -> Iterator[Sandbox]:
    with Sandbox(warm=False) as running:
        yield running


def facts(verdict: Verdict) -> list[tuple[str, str, float, float]]:
    return [(one.id, one.outcome, one.points, one.of) for one in verdict.checks]


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(camp, list(arguments), prog_name="camp")
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("number", ["1", "2"])
def test_verdicts_on_solution_and_starter_are_equal(sandbox: Sandbox, cold: Sandbox, number: str) -> None:
    lab = find_lab(number)
    for app in (lab.solution, lab.starter):
        found = [facts(run_checks(lab, app, seed=SEED, sandbox=one)) for one in (sandbox, cold)]
        assert found[0] == found[1]


@pytest.mark.parametrize("mutant", ["always-hello", "signature-not-checked"])
def test_verdicts_on_mutants_are_equal(sandbox: Sandbox, cold: Sandbox, lab: Lab, mutant: str) -> None:
    with mutated(lab, mutant) as app:
        found = [facts(run_checks(lab, app, seed=SEED, sandbox=one)) for one in (sandbox, cold)]
    assert found[0] == found[1] and FAILED in {outcome for _id, outcome, _points, _of in found[0]}


@pytest.fixture
def cold_only(tiny: Lab) -> Lab:
    """A lab that other processes find, too, with an app that tells how its worker was started."""
    own = tiny.checks_file.parents[1] / "autograder" / "checks"
    own.mkdir(parents=True)
    shutil.copy(tiny.checks_file, own)
    app = tiny.work / "function_app.py"
    app.write_text(app.read_text("utf-8").replace('return "Hello, "', COLD_ONLY), "utf-8")
    return tiny


async def test_graders_can_be_cold(cold_only: Lab) -> None:
    files = {f"{cold_only.name}/{path}": (cold_only.work / path).read_bytes() for path in app_files(cold_only.work)}
    outcomes = []
    for is_cold in (False, True):
        async with pool(1, cold=is_cold) as graders:
            graded = await graders.grade(packed(files), cold_only, SEED)
            outcomes.append(graded.verdict.checks[0].outcome)
    assert outcomes == [FAILED, PASSED]


def test_a_check_can_be_cold(cold_only: Lab) -> None:
    verdicts = [run("check", "1.1", "--sandbox", "--json", *more)[1] for more in ((), ("--cold",))]
    assert [Verdict.from_json(json.loads(one)).passed for one in verdicts] == [False, True]
    assert run("check", "1.1", "--sandbox", "--cold")[0] == OK


def test_cold_is_about_the_sandbox(tiny: Lab, tmp_path: Path) -> None:
    code, _said, why = run("check", "1.1", "--cold")
    assert code == USAGE and "--sandbox --cold" in why
    code, _said, why = run("grade", str(tmp_path), "--cold", "--trusted")
    assert code == USAGE and "--trusted" in why
