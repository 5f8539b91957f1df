"""What Lab 3's checks say of pushes that did not arrive."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from autograder.checking import CheckFailed
from autograder.checks import ship_it
from autograder.kinds.shipping import BACK, BAD, FORTH, GOOD, HEAD, MERGED, NEW_WORD, OPENED, REPAIRED
from autograder.kinds.shipping.visitors import BotAnswer, Seen
from autograder.kinds.shipping.world import Push
from autograder.verdict import FAILED, CheckResult
from localcloud.azure.deployment import Change
from localcloud.github.events import Event
from localcloud.github.runs.model import FAILURE, SUCCESS, Annotation, JobRun, Run, StepRun, conclusion_of

OLD, NEW = "Hello", "Ahoj"
BY_HEART = "Your tests hold the word itself"
LOOK = "Look at the first step that failed"
SHIP = "Deploy the commit to staging"
Played = Mapping[str, Push]


def run(*jobs: JobRun, refused: str | None = None, annotations: Sequence[Annotation] = ()) -> Run:
    event = Event("push", cast(Any, None), "refs/heads/main", "", "", "", {}, "camp")
    found = Run(1, event, ".github/workflows/deploy.yml", "Ship it", "1" * 40, status="completed", refused=refused)
    found.jobs, found.annotations = list(jobs), list(annotations)
    found.conclusion = FAILURE if refused or not jobs else conclusion_of(jobs)
    return found


def job(name: str, *results: str, reason: str = "") -> JobRun:
    """A job whose steps ended so; it failed if one of them did, or if there is a reason."""
    steps = [
        StepRun(f"Step {number}", "completed", result, [f"{name} says {result}"], number=number)
        for number, result in enumerate(results)
    ]
    conclusion = FAILURE if reason or FAILURE in results else SUCCESS
    return JobRun(name, name, status="completed", conclusion=conclusion, steps=steps, reason=reason)


def push(*runs: Run, before: str = OLD, after: str = OLD, changes: Sequence[Change] = (), **more: Any) -> Push:
    return Push(
        "1" * 40, "main", seen(before), seen(after), runs=runs, changes=tuple(changes), swaps=(),
        checks=more.get("checks", {}),
    )  # fmt: skip


def seen(word: str) -> Seen:
    return Seen(BotAnswer(0.0, 0.1, 200, word, f"{word}, grace"), version=None)


GREEN = run(job("test", SUCCESS, SUCCESS), job("deploy", SUCCESS))
RED_TESTS = run(job("test", SUCCESS, FAILURE))
DEPLOYED = [Change(0.0, "files", "staging", "az", "1")]


def failure_of(check: Callable[[Any], Awaitable[None]], played: Played) -> CheckFailed:
    """What a check says when its steps came out so; the others arrived."""

    async def play(step: str) -> Push:
        usual = {NEW_WORD: NEW, GOOD: NEW, MERGED: NEW, FORTH: NEW}
        return played.get(step) or push(GREEN, after=usual.get(step, OLD))

    words = dict.fromkeys((NEW_WORD, GOOD, MERGED, FORTH), NEW)
    story = SimpleNamespace(
        play=play,
        words=words,
        branch="main-x",
        alike="x/main",
        probe="tests/test_x.py",
        mention=NEW,
        world=SimpleNamespace(notes=[]),
    )
    camp = cast(Any, SimpleNamespace(note=lambda _text: None))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(CheckFailed) as failed:
        patch.setattr(ship_it, "story_of", lambda _camp: story)
        asyncio.run(cast(Any, check(camp)))
    return failed.value


ARRIVALS = [
    (ship_it.test_a_push_changes_the_live_bot, NEW_WORD),
    (ship_it.test_a_failing_test_stops_the_deployment, GOOD),
    (ship_it.test_other_branches_do_not_reach_production, MERGED),
    (ship_it.test_you_can_go_back, FORTH),
]
OTHER_STEPS: Played = {
    BAD: push(run(job("test", SUCCESS, FAILURE))),
    OPENED: push(checks={"test": "failure"}),
    REPAIRED: push(checks={"test": "success"}),
}


@pytest.mark.parametrize(("check", "step"), ARRIVALS)
def test_tests_that_fail_for_a_new_word_alone_know_it_by_heart(
    check: Callable[[Any], Awaitable[None]], step: str
) -> None:
    failed = failure_of(check, {**OTHER_STEPS, HEAD: push(GREEN), step: push(RED_TESTS)})
    assert BY_HEART in failed.next
    assert "test says failure" in failed.seen


@pytest.mark.parametrize(("check", "step"), ARRIVALS)
@pytest.mark.parametrize(
    ("head", "red", "advice"),
    [
        (push(RED_TESTS), push(RED_TESTS), LOOK),  # the tests fail with any word
        (push(GREEN), push(run(job("test", FAILURE))), BY_HEART),
        (
            push(run(job("test", SUCCESS), job("deploy", FAILURE))),
            push(run(job("test", SUCCESS), job("deploy", FAILURE))),
            LOOK,  # such as azure/login without its secret
        ),
        (push(GREEN), push(run(job("test", SUCCESS), job("deploy", FAILURE)), changes=DEPLOYED), LOOK),
        (push(), push(RED_TESTS), LOOK),  # the head started no run
        (push(run(refused="no")), push(run(refused="azure/cli@v2 is not here.")), "The run was refused"),
        (push(GREEN), push(GREEN), SHIP),
        (push(), push(), SHIP),
    ],
)
def test_other_reasons_have_other_advice(
    check: Callable[[Any], Awaitable[None]], step: str, head: Push, red: Push, advice: str
) -> None:
    failed = failure_of(check, {**OTHER_STEPS, HEAD: head, step: red})
    assert advice in failed.next
    assert (BY_HEART in failed.next) == (advice == BY_HEART)


def test_a_pull_request_may_be_red_for_its_word_alone() -> None:
    red = push(RED_TESTS, checks={"test": "failure"})
    played = {**OTHER_STEPS, HEAD: push(GREEN), REPAIRED: red}
    failed = failure_of(ship_it.test_other_branches_do_not_reach_production, played)
    assert BY_HEART in failed.next
    played[HEAD] = push(RED_TESTS)
    failed = failure_of(ship_it.test_other_branches_do_not_reach_production, played)
    assert "Skipped is green" in failed.next


def test_a_revert_whose_run_is_red_sends_to_its_step() -> None:
    failed = failure_of(ship_it.test_you_can_go_back, {FORTH: push(GREEN, after=NEW), BACK: push(RED_TESTS, after=NEW)})
    assert LOOK in failed.next
    failed = failure_of(ship_it.test_you_can_go_back, {FORTH: push(GREEN, after=NEW), BACK: push(GREEN, after=NEW)})
    assert "A revert is a push like any other" in failed.next


def test_a_red_run_shows_the_last_lines_of_its_failed_step() -> None:
    long = job("test", FAILURE)
    long.steps[0].log = [f"line {number}" for number in range(30)]
    failed = failure_of(ship_it.test_a_push_changes_the_live_bot, {NEW_WORD: push(run(long))})
    assert "line 29" in failed.seen and "line 10\n" in failed.seen and "line 9\n" not in failed.seen
    assert CheckResult("3.2", "", FAILED, 0, 3, 0.0, seen=failed.seen).bounded().seen == failed.seen


def test_a_red_run_without_a_failed_step_says_why_its_jobs_did_not_run() -> None:
    text = "There is no runner for 'gpu' here. Take ubuntu-latest."
    failed = failure_of(
        ship_it.test_a_push_changes_the_live_bot, {NEW_WORD: push(run(job("deploy", SUCCESS, reason=text)))}
    )
    assert f"Job deploy: {text}" in failed.seen


def test_a_red_run_without_a_job_says_what_stands_beside_it() -> None:
    note = Annotation("error", "Unexpected end of expression", ".github/workflows/deploy.yml", 7)
    failed = failure_of(
        ship_it.test_a_push_changes_the_live_bot, {NEW_WORD: push(run(annotations=[note, Annotation("notice", "x")]))}
    )
    assert ".github/workflows/deploy.yml, line 7: Unexpected end of expression" in failed.seen
