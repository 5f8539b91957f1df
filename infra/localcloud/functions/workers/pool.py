"""The workers of one host: as many as asked for, replaced when they die, recycled, scaled to zero when idle."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from localcloud.messages import _

from .process import Frame, LoadFailed, WorkerCrashed, WorkerGone, WorkerProcess, WorkerSpec, log_line

SECONDS_TO_DRAIN = 15.0  # an answer that a function waits for may take ten
ERRORS_WITHIN = 30 * 60.0
ERRORS_EACH = 3
LOOK_EVERY = 0.05


class WorkerPool:
    """`load` first. `on_log` gets log frames, `on_event` what happens to workers (kind and facts)."""

    def __init__(
        self,
        spec: WorkerSpec,
        processes: int,
        spares: int,
        on_log: Callable[[dict[str, Any]], None],
        on_event: Callable[..., Any],
        on_given_up: Callable[[str], None],
    ) -> None:
        self.spec = spec
        self.processes = processes
        self._wanted_spares = spares
        self._on_log = on_log
        self._on_event = on_event
        self._on_given_up = on_given_up
        self._workers: list[WorkerProcess] = []
        self._spares: deque[WorkerProcess] = deque()
        self._ahead: list[str] = []
        self._deaths: deque[float] = deque(maxlen=ERRORS_EACH * processes + 1)
        self._starting = asyncio.Lock()
        self._background: set[asyncio.Task[None]] = set()
        self._started: set[WorkerProcess] = set()
        self._stopped = False

    @property
    def pids(self) -> list[int]:
        return [worker.pid for worker in self._workers if worker.alive]

    async def load(self) -> list[dict[str, Any]]:
        """Starts fresh workers with the app as it is now, in place of those there are; its functions.

        Raises LoadFailed and WorkerGone; then there are no workers.
        """
        async with self._starting:
            self._deaths.clear()
            old, self._workers = self._workers, []
            for worker in old:
                self._let_go(worker)
            self._workers, functions = await self._fresh()
        self._refill()
        return functions

    async def call(self, header: dict[str, Any], blob: bytes, taken: Callable[[int], None]) -> Frame:
        """Runs one invocation on the worker that has least to do; starts one when there is none (a cold start).
        `taken` is called with the worker's process id before it begins. One that is cancelled (a time-out) takes its
        worker with it."""
        worker = await self._free_worker()
        taken(worker.pid)
        if worker.injected:  # taken() has killed this worker: its answer could still come first
            await worker.end()
            raise WorkerCrashed(worker.how_it_ended())
        try:
            return await worker.call(header, blob)
        except WorkerGone as gone:
            if worker.injected:
                raise WorkerCrashed(str(gone)) from gone
            raise
        except asyncio.CancelledError:
            self._discard(worker)
            raise

    async def scale(self, processes: int) -> None:
        """So many workers from now on. If that is more, all are new: a warm one would be through with everything before
        the others begin. One that is let go finishes its calls."""
        if processes == self.processes:
            return
        async with self._starting:
            workers = self._workers[:processes]
            if processes > self.processes:
                workers, _functions = await self._fresh(processes)
            old, self._workers, self.processes = self._workers, workers, processes
            self._deaths = deque(self._deaths, ERRORS_EACH * processes + 1)
            for worker in old:
                if worker not in workers:
                    self._on_event("worker.exited", pid=worker.pid, reason=_("the number of workers changed"))
                    self._let_go(worker)
        self._refill()

    async def recycle(self) -> None:
        """Replaces all workers between invocations: whatever the app kept in memory is gone."""
        async with self._starting:
            fresh, _functions = await self._fresh()
            old, self._workers = self._workers, fresh
            for worker in old:
                self._on_event("worker.recycled", pid=worker.pid)
                self._let_go(worker)
        self._refill()

    def crash(self, pid: int | None = None) -> Coroutine[Any, Any, None]:
        """Kills all workers, or the one with this process id, in the middle of what they do; it counts for nothing
        against the app. They are dead when this returns: a crash can be aimed. Awaited, it starts new ones."""
        killed = [worker for worker in self._workers if pid in (None, worker.pid)]
        for worker in killed:
            worker.injected = True
            self._workers.remove(worker)
            worker.kill()
            self._on_event("worker.crashed", pid=worker.pid)
        return self._made_up_for(killed)

    async def _made_up_for(self, killed: Sequence[WorkerProcess]) -> None:
        async with self._starting:
            await asyncio.gather(*(worker.end() for worker in killed))
            if (missing := self.processes - len(self._workers)) > 0:
                fresh, _functions = await self._fresh(missing)
                self._workers += fresh
        self._refill()

    async def rest(self) -> None:
        """Ends all workers: scaled to zero. The next call starts one."""
        async with self._starting:
            old, self._workers = self._workers, []
            old += self._spares
            self._spares.clear()
            for worker in old:
                self._on_event("worker.exited", pid=worker.pid, reason="idle")
            await asyncio.gather(*(worker.end() for worker in old))

    async def retire(self) -> None:
        """Lets the workers finish what they do, then ends them: another pool has taken over."""
        old, self._workers = self._workers, []
        for worker in old:
            self._let_go(worker)
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.stop()

    async def stop(self) -> None:
        """Ends everything. A worker that is being started is let start first: a half-made process cannot be ended."""
        self._stopped = True
        while self._started or self._background:
            await asyncio.gather(*(worker.end() for worker in self._started if worker.spawned))
            if self._background:
                await asyncio.wait(self._background, timeout=LOOK_EVERY)
            else:
                await asyncio.sleep(0)  # a worker that is being started needs the loop: waiting for none does not yield
        self._workers, self._spares = [], deque()

    async def _free_worker(self) -> WorkerProcess:
        if not (ready := [worker for worker in self._workers if worker.alive and worker.loaded]):
            async with self._starting:
                if self._stopped:
                    raise WorkerGone(_("the host has stopped"))
                if not (ready := [worker for worker in self._workers if worker.alive and worker.loaded]):
                    ready = await self._start_cold()
        return ready[0] if len(ready) == 1 else min(ready, key=lambda worker: worker.in_flight)

    async def _start_cold(self) -> list[WorkerProcess]:
        """A call came while no worker ran: it waits for new ones."""
        started = time.perf_counter()
        self._workers, _functions = await self._fresh()
        milliseconds = round((time.perf_counter() - started) * 1000)
        self._on_event("worker.cold_start", milliseconds=milliseconds, pids=self.pids)
        words = _("Cold start: no worker was running; starting one took {milliseconds} ms.")
        self._on_log(log_line("INFO", words.format(milliseconds=milliseconds)))
        return self._workers

    async def _fresh(self, count: int | None = None) -> tuple[list[WorkerProcess], list[dict[str, Any]]]:
        """So many loaded workers (by default a full set), and the functions in them."""
        count = count or self.processes
        started = await asyncio.gather(*(self._loaded() for _number in range(count)), return_exceptions=True)
        workers = [one for one in started if not isinstance(one, BaseException)]
        if errors := [one for one in started if isinstance(one, BaseException)]:
            await asyncio.gather(*(worker.end() for worker, _report in workers))
            raise errors[0]
        report = workers[0][1]
        self._ahead = [str(name) for name in report["imported"]]
        return [worker for worker, _report in workers], report["functions"]

    async def _loaded(self) -> tuple[WorkerProcess, dict[str, Any]]:
        worker = self._spare() or await self._start()
        try:
            report = await worker.load()
        except BaseException:
            await worker.end()
            raise
        self._on_event("worker.started", pid=worker.pid)
        return worker, report

    async def _start(self) -> WorkerProcess:
        worker = WorkerProcess(self.spec, self._on_log, self._exited)
        self._started.add(worker)
        try:
            await worker.start()
        except BaseException:
            self._started.discard(worker)
            raise
        return worker

    def _spare(self) -> WorkerProcess | None:
        while self._spares:
            if (worker := self._spares.popleft()).alive:
                return worker
        return None

    def _refill(self) -> None:
        if self._wanted_spares and not self._stopped:
            self._later(self._add_spares())

    async def _add_spares(self) -> None:
        while len(self._spares) < self._wanted_spares and not self._stopped:
            try:
                worker = await self._start()
            except (WorkerGone, LoadFailed) as error:  # without a spare the next start takes longer, no more
                self._on_event("worker.exited", pid=None, reason=str(error))
                return
            worker.import_ahead(self._ahead)
            self._spares.append(worker)

    def _exited(self, worker: WorkerProcess) -> None:
        self._started.discard(worker)
        if worker.expected_to_end or worker.injected or worker not in self._workers:
            return
        self._workers.remove(worker)
        self._on_event("worker.exited", pid=worker.pid, reason=worker.how_it_ended())
        self._deaths.append(time.monotonic())
        if len(self._deaths) == self._deaths.maxlen and self._deaths[-1] - self._deaths[0] < ERRORS_WITHIN:
            self._on_given_up(
                _("The worker died {times} times; the last time: {how}.").format(
                    times=len(self._deaths), how=worker.how_it_ended()
                )
            )
        elif not self._stopped:
            self._later(self._replace())

    async def _replace(self) -> None:
        async with self._starting:
            missing = self.processes - len(self._workers)
            for _number in range(missing):
                if self._stopped:
                    return
                try:
                    worker, _report = await self._loaded()
                except (LoadFailed, WorkerGone) as error:
                    if not self._stopped:
                        self._on_given_up(str(error))
                    return
                self._workers.append(worker)

    def _discard(self, worker: WorkerProcess) -> None:
        """Kills a worker that hangs in a call, and replaces it; what else it was doing is lost."""
        worker.expected_to_end = True
        worker.kill()
        if worker in self._workers and not self._stopped:
            self._workers.remove(worker)
            self._on_event("worker.exited", pid=worker.pid, reason=_("it was ended at a time-out"))
            self._later(self._replace())

    def _let_go(self, worker: WorkerProcess) -> None:
        worker.loaded = False
        self._later(worker.retire(SECONDS_TO_DRAIN))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
