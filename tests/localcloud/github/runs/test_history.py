"""What is kept of runs: over another attempt, a restart, and an end of the service without notice."""

import asyncio
import random
import shutil
from pathlib import Path

from localcloud.github.forge import Forge
from localcloud.github.runs import Outside, Runs
from localcloud.journal import Journal

from .conftest import ONE, PlainRunner, Played, log_of, messages, statuses


async def test_a_run_can_be_played_again(played: Played) -> None:
    first = await played.push(ONE.format(run="echo attempt $GITHUB_RUN_ATTEMPT"))
    again = await played.runs.rerun(first)
    await played.runs.idle(60)
    assert (again.number, again.attempt, again.conclusion) == (first.number, 2, "success")
    assert "attempt 2" in log_of(again)
    assert len(played.runs.runs) == 1


async def test_each_attempt_begins_without_artifacts(played: Played) -> None:
    first = await played.push(ONE.format(run="mkdir $CAMP_ARTIFACTS/package"))
    assert first.conclusion == "success", log_of(first)
    again = await played.runs.rerun(first)
    await played.runs.idle(60)
    assert again.conclusion == "success", log_of(again)


async def test_runs_are_there_again_after_a_restart(played: Played, plain_runner: PlainRunner) -> None:
    first = await played.push(ONE.format(run="echo kept words"))
    refused = await played.push("on: push\njobs: []")
    await played.runs.stop()
    runs = Runs(played.runs._forge, plain_runner, Outside(), Journal(), confined=True)  # type: ignore[arg-type]
    try:
        assert [run.to_json() for run in runs.runs] == [first.to_json(), refused.to_json()]
        assert "kept words" in log_of(runs.runs[0])
        again = await runs.rerun(runs.runs[0])
        await runs.idle(60)
        assert again.conclusion == "success"
        third = await Played(runs, played.repository).push(ONE.format(run="echo third"))
        assert (third.number, third.run_number) == (3, 3)
    finally:
        await runs.stop()


async def test_a_run_that_was_cut_off_is_cancelled_at_the_next_start(
    played: Played, plain_runner: PlainRunner, tmp_path: Path
) -> None:
    matrix = "on: push\njobs: {a: {strategy: {matrix: {x: [1]}}, runs-on: ubuntu-latest, steps: [{run: sleep 60}]}}"
    run = await played.push(matrix, wait=False)
    await played.until(run, "in_progress")
    assert "pending" in statuses(played, run.sha).values()
    await asyncio.to_thread(shutil.copytree, played.runs._forge.folder, tmp_path / "after")  # as SIGKILL leaves it
    await played.runs.cancel(run)
    forge = Forge(tmp_path / "after", Journal(), random.Random(1))
    runs = Runs(forge, plain_runner, Outside(), Journal(), confined=True)  # type: ignore[arg-type]
    await forge.start()
    try:
        repository = forge.create("bot")
        (lost,) = runs.runs
        assert (lost.number, lost.status, lost.conclusion) == (run.number, "completed", "cancelled")
        assert {job.conclusion for job in lost.jobs} == {"cancelled"}
        assert "ended while this run was going on" in messages(lost)
        assert {one.state for one in repository.statuses[run.sha]} == {"error"}
        second = await Played(runs, repository).push(ONE.format(run="echo second"))
        assert (second.number, second.run_number, second.conclusion) == (2, 2, "success")
    finally:
        await runs.stop()
        await forge.stop()
