"""The supervisor: one asyncio task a service, from its first start to its last stop."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from localcloud.ending import ended
from localcloud.messages import _

from .ledger import Entry, Ledger, born
from .process import LogFile, Run
from .service_process import ServiceProcess, check_needs

PROBE_EVERY = 0.03
BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_SECONDS = 30.0
TRIES_TO_START = 3
STATE_CHECK_EVERY = 1.0


class ServiceFailed(RuntimeError):
    """A service did not come up; the text holds its last log lines."""


class Supervisor:
    """Runs `services`; `state` is the folder of the ledger and the logs; `say` tells a person one line.

    `facts` go into the ledger. `on_state_lost` is called after somebody deleted the state folder and it was made again.
    """

    def __init__(
        self,
        services: Sequence[ServiceProcess],
        state: Path,
        say: Callable[[str], None],
        *,
        facts: dict[str, Any] | None = None,
        on_state_lost: Callable[[], None] = lambda: None,
    ) -> None:
        check_needs(services)
        self.services = list(services)
        self.states = {service.name: "waiting" for service in services}
        self.ledger = Ledger(state / "services.json")
        self._say = say
        self._facts = facts or {}
        self._on_state_lost = on_state_lost
        self._logs = {service.name: LogFile(state / "logs" / f"{service.name}.log") for service in services}
        self._runs: dict[str, Run] = {}
        self._entries: dict[str, Entry] = {}
        self._ready = {service.name: asyncio.Event() for service in services}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts everything; returns once every service that is not `background` answers; raises ServiceFailed."""
        self._write_down()
        for service in self.services:
            keeping = self._keep_if_possible(service) if service.background else self._keep(service)
            self._tasks[service.name] = asyncio.create_task(keeping, name=service.name)
        self._watch = asyncio.create_task(self._watch_state(), name="state")
        await asyncio.gather(*(self.ready(one.name) for one in self.services if not one.background))

    async def ready(self, name: str) -> bool:
        """Waits until the service answers, or is given up: then False for a `background` one, else ServiceFailed."""
        answering = asyncio.ensure_future(self._ready[name].wait())
        task = self._tasks[name]
        await asyncio.wait([answering, task], return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            answering.cancel()
            task.result()
            return False
        return True

    def pids(self) -> dict[str, int]:
        """The process id of each service that runs now."""
        return {name: run.pid for name, run in self._runs.items() if run.alive}

    async def wait(self) -> None:
        """Waits until a service that is not `background` is given up (ServiceFailed) or this is cancelled."""
        await asyncio.gather(*self._tasks.values())

    async def stop(self) -> None:
        """Stops all services, those that others need last; then clears the ledger. May be called twice."""
        await ended([*self._tasks.values(), *([self._watch] if self._watch else [])])
        stopped: set[str] = set()
        while len(stopped) < len(self.services):
            rest = [one for one in self.services if one.name not in stopped]
            needed = {need for one in rest for need in one.needs}
            last = [one.name for one in rest if one.name not in needed]
            await asyncio.gather(*(self._runs[name].stop() for name in last if name in self._runs))
            stopped.update(last)
        self._runs.clear()
        self.ledger.clear()

    async def _keep_if_possible(self, service: ServiceProcess) -> None:
        try:
            await self._keep(service)
        except ServiceFailed as error:
            self._say(str(error))

    async def _keep(self, service: ServiceProcess) -> None:
        """Starts the service once its needs answer, and again whenever it dies."""
        for need in service.needs:
            await self._ready[need].wait()
        failures = 0
        while True:
            run = await self._run(service)
            began = time.monotonic()
            answered = await self._until_ready(run)
            if answered:
                await self._prepare(service)
                self._mark(service, "running")
                self._ready[service.name].set()
                await run.wait()
            else:
                await run.stop()
            failures = 0 if time.monotonic() - began > STEADY_SECONDS else failures + 1
            await self._mourn(run, answered, failures)

    @staticmethod
    async def _prepare(service: ServiceProcess) -> None:
        if service.when_ready is None:
            return
        try:
            await service.when_ready()
        except Exception as error:  # whatever a client library raises
            raise ServiceFailed(
                _("{name} answers, but cannot be prepared: {error}").format(name=service.name, error=error)
            ) from error

    async def _run(self, service: ServiceProcess) -> Run:
        try:
            run = await Run.start(service, self._logs[service.name])
        except OSError as error:
            raise ServiceFailed(
                _("{name} cannot be started: {error}").format(name=service.name, error=error)
            ) from error
        self._runs[service.name] = run
        self._mark(service, "starting", run)
        return run

    async def _until_ready(self, run: Run) -> bool:
        """Whether the service answers before it dies or its time is over."""
        deadline = time.monotonic() + run.service.start_seconds
        while run.alive and time.monotonic() < deadline:
            if await run.service.ready.answers() and run.alive:
                return True
            await asyncio.sleep(PROBE_EVERY)
        return False

    async def _mourn(self, run: Run, answered: bool, failures: int) -> None:
        """Says what happened with the last log lines, and waits before the next try; ServiceFailed when it is one too
        many for a service that has never answered."""
        service, code = run.service, run.process.returncode
        how = _("ended with exit code {code}").format(code=code) if answered or code else _("does not answer")
        last = "".join(f"\n    {line}" for line in run.log.last)
        if not self._ready[service.name].is_set() and failures >= TRIES_TO_START:
            self.states[service.name] = "failed"
            self._write_down()
            raise ServiceFailed(
                _("{name} {how}, {times} times. Its last words ({log}):{last}").format(
                    name=service.name, how=how, times=failures, log=run.log.path, last=last
                )
            )
        pause = BACK_OFF[min(failures, len(BACK_OFF) - 1)]
        self._mark(service, "restarting")
        self._say(
            _("{name} {how}; starting it again in {pause:g} s. Its last words:{last}").format(
                name=service.name, how=how, pause=pause, last=last
            )
        )
        await asyncio.sleep(pause)

    def _mark(self, service: ServiceProcess, state: str, run: Run | None = None) -> None:
        self.states[service.name] = state
        if run:
            self._entries[service.name] = Entry(service.name, run.pid, service.url, state, born(run.pid) or time.time())
        self._write_down()

    def _write_down(self) -> None:
        entries = [
            Entry(entry.name, entry.pid, entry.url, self.states[entry.name], entry.started)
            for entry in self._entries.values()
        ]
        try:
            self.ledger.write([supervisor_entry(), *entries], self._facts)
        except OSError as error:
            self._say(
                _("{path} cannot be written: {error}. The services go on.").format(path=self.ledger.path, error=error)
            )

    async def _watch_state(self) -> None:
        """Makes the state folder again when somebody deletes it; services hold what they need in memory."""
        while True:
            await asyncio.sleep(STATE_CHECK_EVERY)
            if self.ledger.path.exists():
                continue
            try:
                for folder in (folder for service in self.services for folder in service.folders):
                    folder.mkdir(parents=True, exist_ok=True)
                self._on_state_lost()
            except OSError as error:
                self._say(_("{path} cannot be made again: {error}").format(path=self.ledger.path.parent, error=error))
            self._write_down()
            self._say(
                _("{path} was deleted while the camp is open. It is made again, and the services go on.").format(
                    path=self.ledger.path.parent
                )
            )


def supervisor_entry() -> Entry:
    """This process in the ledger."""
    pid = os.getpid()
    return Entry("supervisor", pid, "", "running", born(pid) or time.time())
