"""The clouds of one run of checks: made when a check needs them, kept for the next one, ended together."""

import asyncio
from pathlib import Path

from autograder.answers.stage import NotebookStage
from autograder.appfolder import AppProblem
from autograder.environment import Environment
from autograder.hardship import Hardship
from autograder.lab import Lab
from autograder.sandbox import Sandbox

SECONDS_TO_START = 2.0


class Clouds:
    """The clouds of one run of a lab's checks on an app, one for each number of workers, made on first need."""

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
        self._running: dict[int, Environment] = {}
        self._starting: dict[int, asyncio.Task[None]] = {}
        self._problem: AppProblem | None = None

    def prepare(self, workers: int, seed: int) -> None:
        """Begins to start the cloud with so many workers, if it is not there: it is soon wanted."""
        workers = self._count(workers)
        if not (self._problem or workers in self._running or workers in self._starting):
            self._start(workers, f"{seed}:{workers}")

    async def get(self, workers: int, seed: int) -> Environment:
        """The cloud with so many workers. An app that does not load is tried once only."""
        workers = self._count(workers)
        if self._problem:
            raise self._problem
        try:
            self.prepare(workers, seed)
            if workers in self._starting:
                await self._starting[workers]
            return self._running[workers]
        except AppProblem as problem:
            self._problem = problem
            raise

    async def discard(self, workers: int) -> None:
        """After a failure the next check gets a cloud that this one has not touched."""
        if environment := self._running.pop(self._count(workers), None):
            await environment.stop()

    def _count(self, workers: int) -> int:
        return max(workers, self.hardship.workers)

    async def stop(self) -> None:
        """Ends all of them; one that an interrupt left half started is started first, so that it leaves nothing. One
        that takes long to start is given up."""
        if self._starting:
            _started, late = await asyncio.wait(self._starting.values(), timeout=SECONDS_TO_START)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        running, self._running = list(self._running.values()), {}
        await asyncio.gather(self.notebook.stop(), *(environment.stop() for environment in running))

    def _start(self, workers: int, seed: str) -> asyncio.Task[None]:
        async def start() -> None:
            self._running[workers] = await Environment.start(
                self.lab, self.app, seed, workers, self.sandbox, self.hardship.recycling
            )

        def started(task: asyncio.Task[None]) -> None:
            self._starting.pop(workers)
            if not task.cancelled():
                task.exception()  # told to whoever asks for this cloud, if somebody does

        task = self._starting[workers] = asyncio.create_task(start())
        task.add_done_callback(started)
        return task
