"""Runs beside each other, and how one ends early: groups, time-outs, cancelling."""

import asyncio

import pytest

from localcloud.github.models import Environment
from localcloud.github.runs import Limits

from .conftest import ONE, Played, conclusions, log_of, messages


async def test_a_newer_run_of_a_group_cancels_the_one_in_progress(played: Played) -> None:
    workflow = """
        on: push
        concurrency: {{group: "g-${{{{ github.ref }}}}", cancel-in-progress: true}}
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - run: echo began {word}; sleep {seconds}
              - if: cancelled()
                run: echo tidied up
    """
    first = await played.push(workflow.format(word="one", seconds=60), wait=False)
    await played.until(first, "began one")
    second = await played.push(workflow.format(word="two", seconds=0))
    assert (first.conclusion, second.conclusion) == ("cancelled", "success")
    assert "tidied up" in log_of(first)
    assert "newer run" in messages(first)


async def test_of_a_group_one_runs_and_the_newest_waits(played: Played) -> None:
    workflow = """
        on: push
        jobs:
          a:
            concurrency: one
            runs-on: ubuntu-latest
            env: {{TOKEN: "${{{{ github.token }}}}"}}
            steps: [{{run: '{run}'}}]
    """
    all_are_there = (
        'until test "$(curl -sS -H "Authorization: Bearer $TOKEN" $GITHUB_API_URL/repos/camp/bot/actions/runs '
        '| grep -o head_sha | wc -l)" = 3; do sleep 0.2; done; sleep 1'
    )
    first = await played.push(workflow.format(run=f"echo n1; {all_are_there}"), wait=False)
    await played.until(first, "n1")
    second = await played.push(workflow.format(run="echo n2"), wait=False)
    third = await played.push(workflow.format(run="echo n3"))
    assert [run.conclusion for run in (first, second, third)] == ["success", "cancelled", "success"], log_of(first)
    assert third.jobs[0].started_at >= first.jobs[0].ended_at


async def test_two_runs_at_once_do_not_see_each_other(played: Played) -> None:
    workflow = ONE.replace("{run}", "echo {n} > /tmp/mine; sleep 1; cat /tmp/mine; ps ax")
    first = await played.push(workflow.format(n="one"), wait=False)
    second = await played.push(workflow.format(n="two"))
    assert first.conclusion == second.conclusion == "success"
    assert "two" not in log_of(first)
    assert "one" not in log_of(second)


async def test_job_and_step_time_outs_end_what_takes_too_long(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            timeout-minutes: 0.03
            steps: [{run: "echo began; sleep 60"}, {if: always(), run: echo tidy}]
        """
    )
    assert run.conclusion == "failure"
    assert "exceeded its maximum execution time" in messages(run)
    assert run.jobs[0].ended_at - run.jobs[0].started_at < 20


def test_a_run_has_two_minutes() -> None:
    assert Limits().seconds == 120


@pytest.mark.parametrize("limits", [Limits(seconds=10)])
async def test_the_jobs_of_a_run_share_its_time(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          a: {runs-on: ubuntu-latest, steps: [{run: sleep 5}]}
          b: {needs: a, runs-on: ubuntu-latest, steps: [{run: sleep 60}]}
        """
    )
    assert conclusions(run) == {"a": "success", "b": "failure"}
    assert "the run took more than 10 seconds" in messages(run)
    assert run.jobs[1].ended_at - run.jobs[1].started_at < 9


@pytest.mark.parametrize("limits", [Limits(seconds=8)])
async def test_the_wait_for_an_approval_is_not_part_of_it(played: Played) -> None:
    played.repository.environments["production"] = Environment("production", approval=True)
    run = await played.push(
        """
        on: push
        jobs:
          a: {environment: production, runs-on: ubuntu-latest, steps: [{run: sleep 2}]}
        """
    )
    assert run.status == "waiting"
    await asyncio.sleep(8)
    await played.runs.approve(run, "a")
    await played.runs.idle(60)
    assert run.conclusion == "success", messages(run)


async def test_a_cancelled_run_still_tidies_up(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          a: {runs-on: ubuntu-latest, steps: [{run: "echo began; sleep 60"}, {if: always(), run: echo tidy}]}
          b: {needs: a, runs-on: ubuntu-latest, steps: [{run: echo never}]}
          c: {needs: a, if: always(), runs-on: ubuntu-latest, steps: [{run: echo after all}]}
        """,
        wait=False,
    )
    await played.until(run, "began")
    await played.runs.cancel(run)
    await played.runs.idle(30)
    assert run.conclusion == "cancelled"
    assert conclusions(run) == {"a": "cancelled", "b": "cancelled", "c": "success"}
    assert "tidy" in log_of(run)
