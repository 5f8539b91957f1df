import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import progress as progress_module
from autograder.lab import Lab
from autograder.progress import CheckProgress, LabProgress, Progress, whats_next
from autograder.verdict import ERRORED, FAILED, PASSED, SKIPPED, CheckResult, Verdict


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def progress(tmp_path: Path, said: list[str]) -> Progress:
    return Progress(tmp_path, said.append)


def verdict(outcome: str, points: int = 0) -> Verdict:
    return Verdict.of_results("1-tiny", 0, [CheckResult("1.1", "It", outcome, points, 2, 0.1)])


def test_nothing_is_known_at_first(progress: Progress) -> None:
    assert progress.lab("1-tiny").points == 0
    assert not progress.path.exists()


def test_the_best_outcome_stays(progress: Progress) -> None:
    for outcome, points in ((FAILED, 0), (PASSED, 2), (FAILED, 0)):
        progress.record(verdict(outcome, points))
    assert progress.lab("1-tiny").check("1.1") == CheckProgress(PASSED, points=2, attempts=3)


def test_what_was_not_checked_is_no_attempt(progress: Progress) -> None:
    progress.record(verdict(ERRORED))
    progress.record(verdict(SKIPPED))
    assert progress.lab("1-tiny").check("1.1") == CheckProgress()


def test_hints_go_on_to_the_last_which_stays(progress: Progress) -> None:
    assert [progress.next_hint("1-tiny", "1.1", 3) for _time in range(5)] == [1, 2, 3, 3, 3]


def test_predictions_and_reveals_are_kept(progress: Progress) -> None:
    progress.predict("1-tiny", "B")
    progress.predict("1-tiny", "C")
    progress.reveal("1-tiny")
    known = progress.lab("1-tiny")
    assert (known.predictions, known.revealed) == (["B", "C"], True)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", '{"labs": {"1-tiny": {}}}', '{"labs": {"1-tiny": {"checks": {"1.1": {"points": "1"}}}}}'],
)
def test_a_broken_file_is_moved_aside_and_said(progress: Progress, said: list[str], text: str) -> None:
    progress.path.write_text(text)
    progress.record(verdict(PASSED, 2))
    [aside] = progress.path.parent.glob("progress-broken-*.json")
    assert aside.read_text() == text
    assert said == [f"progress.json cannot be read; it is now {aside.name}, and your progress is counted again."]
    assert progress.lab("1-tiny").points == 2


def test_facts_that_another_version_keeps_are_no_reason_to_count_again(progress: Progress, said: list[str]) -> None:
    progress.record(verdict(PASSED, 2))
    kept = json.loads(progress.path.read_text())
    kept["version"] = kept["labs"]["1-tiny"]["opened"] = kept["labs"]["1-tiny"]["checks"]["1.1"]["seconds"] = 9
    progress.path.write_text(json.dumps(kept))
    progress.record(verdict(PASSED, 2))
    assert progress.lab("1-tiny").check("1.1") == CheckProgress(PASSED, points=2, attempts=2)
    assert said == [] and not list(progress.path.parent.glob("progress-broken-*"))


def test_changes_at_the_same_time_are_all_kept(progress: Progress) -> None:
    threads = [threading.Thread(target=progress.record, args=(verdict(FAILED),)) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert progress.lab("1-tiny").check("1.1").attempts == 20


def test_an_exported_progress_counts_in_another_camp(progress: Progress, tmp_path: Path) -> None:
    progress.record(verdict(PASSED, 2))
    progress.predict("1-tiny", "B")
    other = Progress(tmp_path / "other", print)
    other.import_text(progress.exported())
    assert other.lab("1-tiny") == progress.lab("1-tiny")


def test_an_import_takes_nothing_away(progress: Progress, tmp_path: Path) -> None:
    progress.record(verdict(FAILED))
    progress.reveal("1-tiny")
    earlier = progress.exported()
    for _time in range(2):
        progress.record(verdict(PASSED, 2))
    now = progress.lab("1-tiny")
    progress.import_text(earlier)
    assert progress.lab("1-tiny") == now


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", '{"labs": 1}', '{"labs": {"1-tiny": {}}}'),
        '{"labs": {"1-tiny": {"checks": {"1.1": {"outcome": "won"}}, "predictions": [], "revealed": false}}}',
    ],
)
def test_an_import_of_something_else_is_refused(progress: Progress, text: str) -> None:
    progress.record(verdict(PASSED, 2))
    known = progress.exported()
    with pytest.raises(ValueError, match="This is no progress that 'camp progress --export' wrote"):
        progress.import_text(text)
    assert progress.exported() == known


def known(lab: Lab, **outcomes: str) -> LabProgress:
    return LabProgress({check.id: CheckProgress(outcomes.get(f"_{check.id[-1]}", PASSED)) for check in lab.checks})


def test_a_lab_with_an_open_check_is_not_finished(tiny: Lab) -> None:
    assert whats_next(tiny, LabProgress()) is None
    assert whats_next(tiny, known(tiny, _2=FAILED)) is None


def test_the_last_lab_can_be_handed_in(tiny: Lab) -> None:
    assert whats_next(tiny, known(tiny)) == "You have finished Lab 1. 'camp submit 1' packs it, to hand in."


def test_a_finished_lab_shows_the_next_one(tiny: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [replace(tiny, number=number, title=f"Lab of {number}") for number in (1, 3, 4)]
    monkeypatch.setattr(progress_module, "labs", lambda: others)
    words = whats_next(tiny, known(tiny)) or ""
    assert words.endswith("Next is Lab 3: Lab of 3 (5 minutes). Stop the camp by Ctrl-C, then: camp up --lab 3")
