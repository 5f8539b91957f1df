"""What a learner reads of a failed check of Slack: the request as it was, and what happened in this run's own cloud."""

from pathlib import Path

import pytest

from autograder.lab import find_lab
from autograder.report import findings
from autograder.runner import run_checks
from autograder.verdict import FAILED, CheckResult


def failed(tmp_path: Path, id: str, old: str, new: str) -> CheckResult:
    lab = find_lab("1")
    (tmp_path / "app").mkdir(parents=True)
    for path in lab.solution.iterdir():
        if path.is_file():
            (tmp_path / "app" / path.name).write_bytes(path.read_bytes())
    app = tmp_path / "app" / "function_app.py"
    code = app.read_text("utf-8")
    assert old in code
    app.write_text(code.replace(old, new), "utf-8")
    [result] = run_checks(lab, tmp_path / "app", [id], seed=1).checks
    assert result.outcome == FAILED
    return result


def test_a_form_is_shown_as_it_was_sent(tmp_path: Path) -> None:
    result = failed(tmp_path, "1.1", 'f"Hello, {form', 'f"Bye, {form')
    assert result.sent
    head, _blank, body = result.sent.partition("\n\n")
    assert head == "POST /api/slack/outgoing\nContent-Type: application/x-www-form-urlencoded"
    assert "token=" in body and "&user_name=" in body and "{" not in body


def test_a_signed_event_is_shown_with_its_signature(tmp_path: Path) -> None:
    result = failed(tmp_path, "1.3", '{"challenge": payload.get("challenge")}', "{}")
    assert result.sent
    head, _blank, body = result.sent.partition("\n\n")
    assert "Content-Type: application/json" in head
    assert "X-Slack-Request-Timestamp: " in head and "X-Slack-Signature: v0=" in head
    assert '"url_verification"' in body


def test_a_failure_has_the_log_of_its_own_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = failed(tmp_path, "1.5", "    greet(event)", '    raise RuntimeError("no greeting")')
    shown = dict(findings(result, own=True))
    assert "no greeting" in shown["log"]
    assert "Delivered: app_mention" in shown["log"] and "500" in shown["log"]
    assert not any("functions page" in text for text in shown.values())


def test_a_runs_secret_is_named_and_not_shown(tmp_path: Path) -> None:
    result = failed(tmp_path, "1.1", 'f"Hello, {form', 'f"Bye, {form')
    assert "token=<SLACK_OUTGOING_TOKEN>&" in (result.sent or "")


def test_a_failure_on_the_same_seed_reads_the_same(tmp_path: Path) -> None:
    first, second = (failed(tmp_path / str(number), "1.1", 'f"Hello, {form', 'f"Bye, {form') for number in range(2))
    assert first.sent == second.sent
    assert list(findings(first)) == list(findings(second))


def test_a_failed_check_says_how_to_send_its_request_again(tmp_path: Path) -> None:
    result = failed(tmp_path, "1.3", '{"challenge": payload.get("challenge")}', "{}")
    assert ("again", "camp replay 1.3") in findings(result, own=True)
    assert "again" not in dict(findings(result))  # in feedback there is no camp to send it to
