import asyncio
import errno
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner, Result

from autograder import bundle, project
from autograder.cli import BROKEN, CHECKS_FAILED, OK, USAGE, camp
from autograder.cli.watch import teller
from autograder.lab import Lab, find_lab
from autograder.progress import CheckProgress, Progress
from autograder.verdict import PASSED, CheckResult, Verdict
from localcloud.portal.application import application
from localcloud.portal.page import Connections
from localcloud.portal.trials import PAGE, STATE
from localcloud.serving import Server


def run(*arguments: str) -> Result:
    return CliRunner().invoke(camp, list(arguments), prog_name="camp")


@pytest.fixture
def solved(learner: Path) -> Path:
    """The learner's folder of Lab 1, solved."""
    shutil.copy(find_lab("1").solution / "function_app.py", learner / "work" / "1-slack-bot")
    return learner / "work" / "1-slack-bot"


@pytest.mark.parametrize("named", [("1.1",), ("1", "1.1"), ("1", "1"), ("slack-bot", "1"), ("1-slack-bot", "1.1")])
def test_a_check_may_be_named_in_many_ways(solved: Path, named: tuple[str, ...]) -> None:
    done = run("check", *named, "--seed", "3")
    assert done.exit_code == OK
    assert "✔ 1.1  The bot says hello to whoever speaks" in done.stdout
    assert "2 of 2 points: 1 passed." in done.stdout
    assert "\n  camp check 1.1 --seed 3\n" in done.stdout


def test_the_lab_opened_last_is_checked_by_default(solved: Path) -> None:
    (project.state() / "lab.json").write_text('{"lab": "1-slack-bot"}')
    done = run("check", "--json")
    assert done.exit_code == OK
    verdict = Verdict.from_json(json.loads(done.stdout))
    assert (verdict.lab, verdict.points, len(verdict.checks)) == ("1-slack-bot", find_lab("1").points, 8)


def test_a_finished_lab_says_what_comes_next(solved: Path) -> None:
    assert "You have finished" not in run("check", "1.1").stdout
    assert "\nYou have finished Lab 1." in run("check", "1").stdout
    elsewhere = run("check", "1.1", "--app", str(find_lab("1").solution))
    assert "You have finished" not in elsewhere.stdout


def test_a_failure_says_what_to_try_and_where_a_hint_is(learner: Path) -> None:
    done = run("check", "1.1")
    assert done.exit_code == CHECKS_FAILED
    for text in ("✘ 1.1", "  sent      POST /api/slack/outgoing", "  seen   ", "  try next  ", "camp hint 1.1"):
        assert text in done.stdout


def test_what_happened_in_a_failed_check_is_on_the_portals_page(learner: Path) -> None:
    assert run("check", "1.5").exit_code == CHECKS_FAILED

    async def fetched() -> tuple[str, dict[str, Any]]:
        server = Server(application(Connections({STATE.setting: str(project.state())}, learner), pages=[PAGE]))
        await server.start()
        try:
            async with aiohttp.ClientSession(server.url) as http:
                async with http.get("/checks") as page:
                    assert page.status == 200
                    html = await page.text()
                async with http.get("/api/trials/one?id=1.5") as answer:
                    return html, await answer.json()
        finally:
            await server.stop()

    html, trial = asyncio.run(fetched())
    assert 'id="lines"' in html
    assert (trial["id"], trial["outcome"]) == ("1.5", "bad")
    assert {"delivered", "invocation"} <= {line["what"] for line in trial["lines"]} and trial["timelines"]


def test_json_is_all_there_is_on_stdout(learner: Path) -> None:
    (learner / ".camp").mkdir()
    (learner / ".camp" / "progress.json").write_text("{")
    done = run("check", "1.1", "--json", "--seed", "5")
    assert done.exit_code == CHECKS_FAILED
    assert json.loads(done.stdout)["seed"] == 5
    assert "progress.json cannot be read" in done.stderr


def test_the_learners_own_app_makes_progress(solved: Path, learner: Path) -> None:
    run("check", "1.1")
    assert Progress(learner / ".camp", print).lab("1-slack-bot").checks == {"1.1": CheckProgress(PASSED, 2, 1)}


def test_another_app_makes_no_progress(learner: Path) -> None:
    folder = str(find_lab("1").solution)
    done = run("check", "1.1", "--app", folder)
    assert done.exit_code == OK
    assert f"camp check 1.1 --app {folder} --seed " in done.stdout
    assert not (learner / ".camp" / "progress.json").exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("9",), "There is no lab 9. The labs are: 0-warm-up, 1-slack-bot"),
        (("1.99",), "There is no check 1.99. Lab 1 has 1.1, 1.2"),
        (("1", "2.1"), "There is no check 2.1."),
        (("1", "--app", "nowhere"), "There is no folder nowhere."),
        (("1", "--seed", "x"), "--seed"),
    ],
)
def test_a_wrong_name_is_a_usage_error(learner: Path, arguments: tuple[str, ...], text: str) -> None:
    done = run("check", *arguments)
    assert done.exit_code == USAGE
    assert text in done.stderr


def test_a_lab_that_is_not_laid_out_is_a_usage_error(learner: Path) -> None:
    shutil.rmtree(learner / "work")
    done = run("check", "1")
    assert done.exit_code == USAGE
    assert "'camp up --lab 1' lays it out" in done.stderr


def test_a_camp_that_is_not_complete_is_no_failure_of_the_app(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMP_APPS_PYTHON", str(learner / "gone"))
    done = run("check", "1.1")
    assert done.exit_code == BROKEN
    assert "Run ./camp once." in done.stderr


def test_a_full_disk_is_said_and_changes_no_verdict(solved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, verdict: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("autograder.progress.Progress.record", full)
    done = run("check", "1.1")
    assert done.exit_code == OK and "✔ 1.1" in done.stdout
    assert "Your progress could not be kept: The disk is full." in done.stderr


NOT_COMMITTED = "Not committed on main, so it does not count: function_app.py."


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_what_was_not_committed_is_said(
    uncommitted: Lab, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    passed = CheckResult("1.1", "It greets", PASSED, 2, 2, 0.1)
    monkeypatch.setattr("autograder.cli.check.ensure_extras", lambda _lab: None)
    monkeypatch.setattr("autograder.cli.check.checked", lambda *_how: Verdict.of_results("1-tiny", 0, [passed]))
    done = run("check", "1.1", *options)
    assert done.exit_code == OK, done.output
    assert done.stderr == NOT_COMMITTED + "\n"


def test_watch_says_what_was_not_committed_whenever_it_waits(
    uncommitted: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    telling = teller(uncommitted, None, uncommitted.work, None, commits=True)
    telling.waiting("1.1")
    said = capsys.readouterr().out.splitlines()
    assert said[0] == NOT_COMMITTED and said[1].endswith("Waiting for the next commit (1.1) ...")
    bundle.git(uncommitted.work, *bundle.AUTHOR, "commit", "--quiet", "--all", "--message", "Change")
    telling.waiting("1.1")
    assert NOT_COMMITTED not in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_watch_ends_at_ctrl_c(solved: Path) -> None:
    import os
    import signal
    import subprocess

    command = [sys.executable, "-u", "-m", "autograder.cli", "watch", "1.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "120"}) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Waiting for the next save (1.1)" in line:
                process.send_signal(signal.SIGINT)
        assert process.wait(20) == OK
    assert lines[0] == "Watching work/1-slack-bot: every save is checked. Ctrl-C ends it.\n"
    assert lines[1].startswith("✔ 1.1  The bot says hello")
    assert lines[2] == "1.1 passes.\n"
    assert lines[-1] == "Watching has ended.\n"
