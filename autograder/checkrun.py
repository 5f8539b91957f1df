"""One run of a lab's checks: each gets its `camp` and its time, and what came out is kept."""

import asyncio
import os
import random
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.answers.asking import NotebookCamp
from autograder.answers.running import Running
from autograder.camp import Camp
from autograder.checking import TRIES, CampBroken, CellLost, CheckFailed, CheckMark, mark_of
from autograder.checksfile import CheckFunction
from autograder.clouds import Clouds
from autograder.environment import Environment
from autograder.inputs import Inputs
from autograder.sent import Sent
from localcloud.cloud import NotAsExpected
from localcloud.journal import Entry
from localcloud.messages import _

FRAMES = -4
MEMORY_LIMIT = "MEM_LIMIT"  # in bytes: how a JupyterHub, such as Binder, tells a server what it may use
MEMORY_FOR_TWO_CLOUDS = 3_000_000_000
NO_OUTCOMES = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)  # they end the run

Stage = Environment | Running


@dataclass(frozen=True)
class Traces:
    """What a failed check leaves beside its texts: the request that it sent last, what its cloud's journal tells of
    it, and what ids are called there."""

    request: Sent | None = None
    entries: Sequence[Entry] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What one check came to: nothing, or what stopped it."""

    seconds: float
    sent: str | None = None
    error: BaseException | None = None
    log: str | None = None
    traces: Traces = field(default_factory=Traces)
    measured: str | None = None


class CheckRun:
    """Makes checks in `clouds`, whose loop must run them. In a sandbox, all together have its limit of time."""

    def __init__(self, clouds: Clouds, seed: int) -> None:
        self.clouds = clouds
        self.seed = seed
        self._ends_at = float("inf")
        self._limits = clouds.sandbox.limits if clouds.sandbox else None
        if self._limits:
            wall = max(self._limits.wall_seconds, clouds.lab.wall_seconds)
            self._limits = replace(self._limits, wall_seconds=wall)
            self._ends_at = time.monotonic() + wall

    async def outcomes_of(self, checks: Mapping[str, CheckFunction]) -> dict[str, Outcome]:
        """Makes these checks: one after another in the cloud that they share, and beside them those that have a cloud
        of their own; before them where there is no memory for two clouds."""
        apart = {id: check for id, check in checks.items() if (mark := mark_of(check)) and mark.own_cloud is not None}
        first = {id: await self.outcome_of(check) for id, check in apart.items() if memory_is_short()}
        beside = {id: asyncio.ensure_future(self.outcome_of(check)) for id, check in apart.items() if id not in first}
        found: dict[str, Outcome] = {}
        try:
            for id, check in checks.items():
                if id in first:
                    found[id] = first[id]
                else:
                    found[id] = await (beside[id] if id in beside else self.outcome_of(check))
        finally:
            for task in beside.values():
                task.cancel()
            await asyncio.gather(*beside.values(), return_exceptions=True)
        return found

    async def outcome_of(self, check: CheckFunction) -> Outcome:
        """Makes a check. Where it fails and a worker was killed, the app itself may have done it, or somebody outside:
        it is made again."""
        mark = mark_of(check)
        assert mark
        for _try in range(TRIES):
            outcome, killed = await self._made(check, mark)
            if not killed:
                break
        return outcome

    async def _made(self, check: CheckFunction, mark: CheckMark) -> tuple[Outcome, bool]:
        """What a check came to, and whether it failed where a worker was killed."""
        started = time.perf_counter()
        camp: Inputs | None = None
        error: BaseException | None = None
        stage: Stage | None = None
        logged = 0
        try:
            if (left := self._ends_at - time.monotonic()) <= 0:
                raise self._out_of_time()
            stage = await self._stage(mark)
            logged = stage.mark()
            started = time.perf_counter()
            camp = self._camp(stage, mark)
            if isinstance(camp, Camp) and camp.has_app:
                await camp.scale(self.clouds.count(mark.workers))
            late = self._late(mark.timeout) if mark.timeout < left else self._out_of_time()
            await limited(check(camp), min(mark.timeout, left), late)
        except NO_OUTCOMES:
            raise
        except BaseException as caught:  # those of pytest, such as skip's, are no Exceptions
            if isinstance(camp, Camp) and not self.clouds.sandbox:  # not when grading: it would take about 10 % longer
                await camp.settle()
            for cell in stage.cells if stage else ():
                await cell.settle()
            error = named(caught, stage)
        log = stage.log_tail(logged) if stage else None
        traces = _traces(camp, stage, logged) if error is not None else Traces()
        outcome = Outcome(
            time.perf_counter() - started,
            camp.sent if camp else None,
            error,
            log,
            traces,
            camp.measured if camp else None,
        )
        if mark.own_cloud is not None and isinstance(stage, Environment):
            await stage.stop()
        elif error is not None and isinstance(stage, Environment):
            if not stage.lasting:
                await self.clouds.discard()
        elif error is not None:
            await self.clouds.notebook.discard()
        return outcome, error is not None and any(cell.killed for cell in (stage.cells if stage else ()))

    async def _stage(self, mark: CheckMark) -> Stage:
        """Where the check is made."""
        if mark.own_cloud is not None:
            return await self.clouds.own(mark, self.seed)
        if self._notebook_cell_of(mark) is None:
            return await self.clouds.get(mark.workers, self.seed)
        return await self.clouds.notebook.get()

    def _camp(self, stage: Stage, mark: CheckMark) -> Inputs:
        rng = random.Random(f"{self.seed}:{mark.id}")
        if isinstance(stage, Environment):
            return stage.camp(rng)
        cell = self._notebook_cell_of(mark)
        assert cell
        return NotebookCamp(rng, stage, cell)

    def _notebook_cell_of(self, mark: CheckMark) -> str | None:
        """The notebook's cell that a check is about; None for one about the app."""
        return self.clouds.lab.check(mark.id).notebook_cell

    def _late(self, seconds: float) -> CheckFailed:
        return CheckFailed(
            seen=_("Time-out: the check was not through after {seconds:g} seconds.").format(seconds=seconds),
            expected=_("an answer in time"),
            next=self.clouds.lab.when_late,
        )

    def _out_of_time(self) -> CheckFailed:
        assert self._limits
        return CheckFailed(
            seen=self._limits.told("wall"),
            expected=_("an answer in time"),
            next=self.clouds.lab.when_late,
        )


def _traces(camp: Inputs | None, stage: Stage | None, since: int) -> Traces:
    entries = stage.cloud.journal.since(since) if isinstance(stage, Environment) else []
    if isinstance(camp, Camp):
        return Traces(camp.last_request(), entries, camp.names())
    return Traces(camp.sent_request if camp else None, entries)


def named(error: BaseException, stage: Stage | None) -> BaseException:
    """The error, or what is behind it: a fault of ours, or a limit that the app exceeded. What a view did not see is
    the learner's failure."""
    if isinstance(error, NotAsExpected):
        error = CheckFailed(seen=error.seen, expected=error.expected, next=error.next)
    cells = stage.cells if stage else []
    if any(cell.lost for cell in cells):
        return CellLost()
    if isinstance(stage, Environment) and stage.cloud.unusable:
        return CampBroken(stage.cloud.unusable)
    limit = next((cell.told for cell in cells if cell.told), None)
    if limit is None:
        return error
    return CheckFailed(
        seen=f"{limit}\n{error.seen}" if isinstance(error, CheckFailed) else limit,
        expected=error.expected if isinstance(error, CheckFailed) else _("an app that keeps within its limits"),
        next=_("Look for a loop that never ends, and for what grows with every round."),
        sent=error.sent if isinstance(error, CheckFailed) else None,
    )


def memory_is_short() -> bool:
    """Whether a hub gives this server too little memory for two private clouds beside an open camp."""
    limit = os.environ.get(MEMORY_LIMIT, "")
    return limit.isascii() and limit.isdigit() and int(limit) < MEMORY_FOR_TWO_CLOUDS


def is_skip(error: BaseException) -> bool:
    """Whether a check has called `pytest.skip`."""
    pytest = sys.modules.get("pytest")
    return pytest is not None and isinstance(error, pytest.skip.Exception)


async def limited(check: Any, timeout: float, late: CheckFailed) -> None:
    """Runs a check; after `timeout` seconds it is cancelled and has failed, by `late`."""
    task = asyncio.ensure_future(check)
    try:
        done, _waiting = await asyncio.wait({task}, timeout=timeout)
    except asyncio.CancelledError:  # the run was interrupted: what becomes of the check is nobody's concern
        task.add_done_callback(lambda task: task.cancelled() or task.exception())
        task.cancel()
        raise
    if task.cancelled():
        raise RuntimeError("The check cancelled itself.")
    if done:
        task.result()
        return
    task.cancel()
    await asyncio.wait({task}, timeout=1.0)
    raise late


def tell(error: BaseException) -> tuple[str, str]:
    """What to show of a fault of ours: its last frames, and what to do."""
    if isinstance(error, CampBroken):
        return str(error), _("Run 'camp doctor': it says what is missing.")
    frames = traceback.extract_tb(error.__traceback__)[FRAMES:]
    where = "\n".join(f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return (
        f"{type(error).__name__}: {error}\n{where}",
        _("This is a fault of the camp, not of your app. Please report it with the seed."),
    )
