import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.environment import Environment
from autograder.hardship import Hardship
from autograder.lab import Lab, find_lab
from autograder.report import findings
from autograder.runner import run_checks
from autograder.verdict import ERRORED, FAILED, PASSED, SKIPPED, CheckResult, Verdict
from localcloud.functions.host import FunctionsHost
from localcloud.slack.workspace import SlackWorkspace

INTERRUPTED = """
import asyncio, os, signal
from autograder.checks import Camp, check, fail


@check("1.1")
async def test_it_fails_when_its_cloud_ends(camp: Camp) -> None:
    "It fails when its cloud ends"
    ended = asyncio.Event()
    camp._cloud.stack.callback(ended.set)
    os.kill(os.getpid(), signal.SIGINT)
    await ended.wait()
    fail(seen="no cloud", expected="a cloud", next="-")


@check("1.2")
async def test_another(camp: Camp) -> None:
    "It is another one"
"""


def results(verdict: Verdict) -> dict[str, CheckResult]:
    return {result.id: result for result in verdict.checks}


def outcomes(verdict: Verdict) -> dict[str, str]:
    return {result.id: result.outcome for result in verdict.checks}


def change(folder: Path, old: str, new: str) -> None:
    app = folder / "function_app.py"
    app.write_text(app.read_text("utf-8").replace(old, new), "utf-8")


def at_the_start_of_the_first_check(lab: Lab, code: str) -> None:
    text = lab.checks_file.read_text("utf-8")
    lab.checks_file.write_text(text.replace('    """It greets"""\n', f'    """It greets"""\n    {code}\n'), "utf-8")


def test_what_a_check_measured_is_shown_where_it_passes(tiny: Lab) -> None:
    at_the_start_of_the_first_check(tiny, 'camp.measured = "30 RU in 7 partitions"')
    result = results(run_checks(tiny, tiny.work, seed=1))["1.1"]
    assert (result.outcome, dict(findings(result))) == (PASSED, {"note": "30 RU in 7 partitions"})


def test_a_right_app_earns_everything(tiny: Lab) -> None:
    verdict = run_checks(tiny, tiny.work, seed=1)
    assert outcomes(verdict) == {"1.1": PASSED, "1.2": PASSED, "1.3": PASSED}
    assert (verdict.lab, verdict.seed, verdict.points, verdict.of) == ("1-tiny", 1, 6, 6)


def test_a_failure_says_what_was_sent_and_seen(tiny: Lab) -> None:
    change(tiny.work, "Hello", "Bye")
    failed = results(run_checks(tiny, tiny.work, ["1.1"], seed=1))["1.1"]
    assert failed.outcome == FAILED
    assert failed.sent and failed.sent.startswith("GET /api/hello?name=")
    assert failed.seen and failed.seen.startswith("Bye, ")
    assert failed.next == "Greet."


def test_a_result_has_the_end_of_what_was_logged_meanwhile(tiny: Lab) -> None:
    change(tiny.work, 'return "Hello, "', 'for n in range(30):\n        print("line", n)\n    return "Bye, "')
    found = results(run_checks(tiny, tiny.work, seed=1))
    lines = str(found["1.1"].log).splitlines()
    assert len(lines) == 10 and "INFO: line 29" in lines and "INFO: line 1" not in lines


def test_the_same_seed_sends_the_same_whatever_else_runs(tiny: Lab) -> None:
    change(tiny.work, "Hello", "Bye")
    alone, together = run_checks(tiny, tiny.work, ["1.1"], seed=5), run_checks(tiny, tiny.work, seed=5)
    assert results(alone)["1.1"].sent == results(together)["1.1"].sent
    assert results(run_checks(tiny, tiny.work, ["1.1"], seed=6))["1.1"].sent != results(alone)["1.1"].sent


def test_a_guard_pays_only_with_its_check(tiny: Lab) -> None:
    guard = results(run_checks(tiny, tiny.work, ["1.2"]))["1.2"]
    assert (guard.outcome, guard.points, guard.next) == (PASSED, 0, "Its points count as soon as 1.1 passes.")


def test_an_exception_in_a_check_is_a_fault_of_ours(tiny: Lab) -> None:
    change(tiny.work, 'return "Hello, "', "raise ValueError(1)  # ")
    broken = results(run_checks(tiny, tiny.work, ["1.2"]))["1.2"]
    assert broken.outcome == ERRORED
    assert broken.seen and broken.seen.startswith("AssertionError: ") and "test_it_is_up" in broken.seen


def test_an_app_that_does_not_load_fails_every_check(tiny: Lab) -> None:
    (tiny.work / "function_app.py").write_text("def (")
    verdict = run_checks(tiny, tiny.work)
    assert verdict.outcomes() == {FAILED}
    assert all(result.seen and "The app does not load" in result.seen for result in verdict.checks)
    assert not any(result.seen and "keeps running" in result.seen for result in verdict.checks)


def test_a_check_that_needs_what_is_not_here_is_skipped(tiny: Lab) -> None:
    assert outcomes(run_checks(tiny, tiny.work, ["1.3"], abilities=frozenset())) == {"1.3": SKIPPED}


def test_one_cloud_is_scaled_to_what_each_check_asks_for(tiny: Lab, started: list[int]) -> None:
    assert run_checks(tiny, tiny.work, ["1.1", "1.3"], hardship=Hardship(3)).passed and started == [3]
    assert run_checks(tiny, tiny.work, seed=1).passed and started == [3, 1]
    assert run_checks(tiny, tiny.work, ["1.3"]).passed and started == [3, 1, 2]


def test_after_a_failure_comes_another_cloud(tiny: Lab, started: list[int]) -> None:
    change(tiny.work, "Hello", "Bye")
    assert outcomes(run_checks(tiny, tiny.work, seed=1))["1.1"] == FAILED
    assert started == [1, 1]


def test_an_app_that_loads_once_and_not_again_fails_where_it_is_scaled(tiny: Lab) -> None:
    once = "open('once', 'x').close()"
    change(tiny.work, "import azure", f"{once}\nimport azure")
    found = results(run_checks(tiny, tiny.work, seed=1))
    assert (found["1.1"].outcome, found["1.3"].outcome) == (PASSED, FAILED)
    assert "not again in a new worker" in str(found["1.3"].seen) and "FileExistsError" in str(found["1.3"].seen)


def parts_of_clouds() -> list[object]:
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, (SlackWorkspace, FunctionsHost, Environment))]


def test_nothing_is_left_of_a_cloud_that_has_ended(learner: Path) -> None:
    lab = find_lab("1")
    of_other_tests = parts_of_clouds()
    assert run_checks(lab, lab.solution, ["1.5"]).passed
    known = {id(one) for one in of_other_tests}
    assert not [one for one in parts_of_clouds() if id(one) not in known]


def test_settings_of_the_caller_do_not_reach_the_checks(tiny: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    assert run_checks(tiny, tiny.work, ["1.1"]).passed


def test_a_check_may_skip_itself(tiny: Lab) -> None:
    at_the_start_of_the_first_check(tiny, "import pytest; pytest.skip('No cloud today.')")
    found = results(run_checks(tiny, tiny.work, ["1.1", "1.3"]))
    assert (found["1.1"].outcome, found["1.1"].next, found["1.1"].points) == (SKIPPED, "No cloud today.", 0)
    assert found["1.3"].outcome == PASSED


@pytest.mark.parametrize("code", ["import pytest; pytest.fail('x')", "import asyncio; raise asyncio.CancelledError"])
def test_a_check_that_ends_in_an_odd_way_is_a_fault_of_ours(tiny: Lab, code: str) -> None:
    at_the_start_of_the_first_check(tiny, code)
    assert outcomes(run_checks(tiny, tiny.work, ["1.1", "1.3"])) == {"1.1": ERRORED, "1.3": PASSED}


def test_ctrl_c_ends_a_run(tiny: Lab, started: list[int]) -> None:
    at_the_start_of_the_first_check(
        tiny, "import asyncio, signal; signal.raise_signal(signal.SIGINT); await asyncio.sleep(30)"
    )
    with pytest.raises(KeyboardInterrupt):
        run_checks(tiny, tiny.work)
    assert started == [1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


WITHOUT_PYTEST = """
import sys
sys.modules["pytest"] = None
from pathlib import Path
from autograder.lab import find_lab
from autograder.runner import run_checks
lab = find_lab("1")
print(run_checks(lab, lab.work).passed)
"""


def test_checks_run_without_pytest(tiny: Lab) -> None:
    environ = {**os.environ, "PYTHONPATH": str(tiny.checks_file.parents[1])}
    own = tiny.checks_file.parents[1] / "autograder" / "checks" / tiny.checks_file.name
    own.parent.mkdir(parents=True)
    own.write_text(tiny.checks_file.read_text("utf-8"), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYTEST], env=environ, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_after_an_interrupt_no_other_check_begins(tiny: Lab, started: list[int]) -> None:
    (tiny.checks_file).write_text(INTERRUPTED)
    with pytest.raises(KeyboardInterrupt):
        run_checks(tiny, tiny.work, seed=1)
    assert started == [1]
