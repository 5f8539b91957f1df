"""Files of checks: run without pytest, and collected by it all the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.checking import mark_of
from autograder.checksfile import checks_in
from autograder.lab import Lab, labs
from autograder.runner import run_checks
from autograder.verdict import ERRORED

HERE = Path(__file__).parents[2]
ALL_LABS = [pytest.param(lab, id=lab.name) for lab in labs()]


@pytest.mark.parametrize("lab", ALL_LABS)
def test_each_check_of_a_lab_is_one_function(lab: Lab) -> None:
    found = checks_in(lab.checks_file)
    assert sorted(found) == sorted(check.id for check in lab.checks)
    assert [mark.id for one in found.values() if (mark := mark_of(one))] == list(found)


@pytest.mark.parametrize("lab", ALL_LABS)
def test_pytest_collects_the_checks(lab: Lab) -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", str(lab.checks_file)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    names = [line.rpartition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    assert names == [one.__name__ for one in checks_in(lab.checks_file).values()]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('@check("1.1")', '@pytest.mark.xfail\n@check("1.1")', "pytest's marks are not used: check 1.1 has some."),
        ("import Camp", "import Camp; pytestmark = []; from autograder.checks import Camp", "'pytestmark' must go."),
        ("greets(camp: Camp)", "greets(camp: Camp, tmp_path)", "parameter 'camp', not (camp, tmp_path)"),
        ("greets(camp: Camp)", "greets()", "Check 1.1 must have the one parameter 'camp', not ()"),
        ("import Camp", "import Camping; from autograder.checks import Camp", "cannot import name 'Camping'"),
        ('@check("1.1")', 'pytest.skip("x", allow_module_level=True)', "tiny.py cannot be imported: Traceback"),
        ('@check("1.1")', "(", "SyntaxError"),
    ],
)
def test_a_file_that_cannot_be_run_is_a_fault_of_the_camp(
    tiny: Lab, started: list[int], old: str, new: str, said: str
) -> None:
    text = tiny.checks_file.read_text("utf-8").replace(old, new, 1)
    tiny.checks_file.write_text(f"import pytest\n{text}", "utf-8")
    verdict = run_checks(tiny, tiny.work)
    assert verdict.outcomes() == {ERRORED} and verdict.points == 0 and started == []
    assert all(said in str(one.seen) and one.next == "This is a fault of the camp." for one in verdict.checks)


def test_a_file_that_is_not_there_is_a_fault_of_the_camp(tiny: Lab) -> None:
    tiny.checks_file.unlink()
    verdict = run_checks(tiny, tiny.work)
    assert verdict.outcomes() == {ERRORED} and "tiny.py cannot be read: " in str(verdict.checks[0].seen)


def test_a_file_that_was_changed_is_read_again(tiny: Lab) -> None:
    first = checks_in(tiny.checks_file)
    assert checks_in(tiny.checks_file) is first
    tiny.checks_file.write_text(tiny.checks_file.read_text("utf-8").replace("1.3", "1.4"), "utf-8")
    assert list(checks_in(tiny.checks_file)) == ["1.1", "1.2", "1.4"]


def test_a_checks_file_may_define_dataclasses(tiny: Lab) -> None:
    text = tiny.checks_file.read_text("utf-8")
    case = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass Case:\n    x: int\n"
    )
    tiny.checks_file.write_text(case + text, "utf-8")
    assert list(checks_in(tiny.checks_file)) == ["1.1", "1.2", "1.3"]
