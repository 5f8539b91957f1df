"""The clouds of one run of checks, one after another: made when a check needs one, kept for the next check, ended."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from autograder.answers.stage import NotebookStage
from autograder.appfolder import AppProblem, KilledWhileLoading
from autograder.checking import TRIES, CheckMark
from autograder.environment import Environment
from autograder.hardship import Hardship
from autograder.lab import Lab
from autograder.sandbox import Sandbox
from localcloud.registry import service

SECONDS_TO_START = 2.0


class Clouds:
    """The cloud of one run of a lab's checks on an app, made on first need; after a failing check comes another one."""

    def __init__(
        self,
        lab: Lab,
        app: Path,
        sandbox: Sandbox | None = None,
        hardship: Hardship | None = None,
        notebook: bytes | None = None,
    ) -> None:
        self.lab = lab
        self.app = app
        self.sandbox = sandbox
        self.hardship = hardship or Hardship()
        self.notebook = NotebookStage(lab, app, sandbox, notebook)
        self._running: Environment | None = None
        self._starting: asyncio.Task[None] | None = None
        self._problem: AppProblem | None = None

    def count(self, workers: int) -> int:
        """How many workers a check gets that asks for so many."""
        return max(workers, self.hardship.workers)

    async def get(self, workers: int, seed: int) -> Environment:
        """The cloud that is there, or a new one with so many workers. An app that does not load is tried once only."""
        if self._problem:
            raise self._problem
        try:
            if self._running is None:
                await asyncio.shield(self._starting or self._start(workers, str(seed)))
            assert self._running
            return self._running
        except AppProblem as problem:
            self._problem = problem
            raise

    async def own(self, mark: CheckMark, seed: int) -> Environment:
        """A new cloud for one check alone, which must stop it."""
        tables = mark.own_cloud or {}
        prepared = {**self.lab.prepared, **{name: service(name).prepare(table) for name, table in tables.items()}}
        return await self._made(replace(self.lab, prepared=prepared), mark.workers, f"{seed}:{mark.id}")

    async def discard(self) -> None:
        """After a failure the next check gets a cloud that this one has not touched."""
        await self._end()

    async def stop(self) -> None:
        """Ends it; one that an interrupt left half started is started first, so that it leaves nothing. One that takes
        long to start is given up."""
        if self._starting:
            _started, late = await asyncio.wait({self._starting}, timeout=SECONDS_TO_START)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.gather(self.notebook.stop(), self._end())

    async def _end(self) -> None:
        running, self._running = self._running, None
        if running:
            await running.stop()

    def _start(self, workers: int, seed: str) -> asyncio.Task[None]:
        async def start() -> None:
            for _try in range(TRIES - 1):
                with suppress(KilledWhileLoading):
                    self._running = await self._made(self.lab, workers, seed)
                    return
            self._running = await self._made(self.lab, workers, seed)

        def started(task: asyncio.Task[None]) -> None:
            self._starting = None
            if not task.cancelled():
                task.exception()  # told to whoever asks for this cloud, if somebody does

        task = self._starting = asyncio.create_task(start())
        task.add_done_callback(started)
        return task

    async def _made(self, lab: Lab, workers: int, seed: str) -> Environment:
        return await Environment.start(lab, self.app, seed, self.count(workers), self.sandbox, self.hardship.recycling)
