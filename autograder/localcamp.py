"""The camp that `camp up` opens: one lab's app on the local cloud, and JupyterLab beside it."""

import asyncio
import fcntl
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder import jupyter, project
from autograder.lab import Lab, find_lab, lab_names, labs
from localcloud.cloud import CloudService, Opened, StandIn
from localcloud.messages import _
from localcloud.registry import SERVICES, in_order, service
from localcloud.supervisor import PortBook, ServiceProcess, Supervisor
from localcloud.supervisor.ledger import Ledger, read_json, write_json

Say = Callable[[str], None]

PORTAL, JUPYTER, JUPYTER_TOKEN = "portal", "jupyter", "jupyter_token"
FIRST_LAB = "1"


class CampFailed(RuntimeError):
    """The camp cannot be opened; the text says what to do."""


def keys(state: Path, say: Say) -> dict[str, str]:
    """This clone's own secrets in `state`/secrets.json: they open nothing but this laptop's camp. Missing ones are
    made."""
    path = state / "secrets.json"
    known = read_json(path, say)
    wanted: dict[str, Callable[[], str]] = {JUPYTER_TOKEN: lambda: secrets.token_hex(24)}
    for name in SERVICES:
        wanted.update(service(name).secrets)
    kept = {name: str(known.get(name) or make()) for name, make in wanted.items()}
    if kept != known:
        write_json(path, kept)
    return kept


@contextmanager
def alone(say: Say) -> Iterator[None]:
    """Holds this user's camp lock: two camps that open at once would choose the same free ports."""
    path = Path(tempfile.gettempdir()) / f"serverless-camp-{os.getuid()}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(_("Another camp is opening on this machine; waiting for it ..."))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def remembered_lab(state: Path) -> str:
    """The lab that was open last, else the first one; LabError when there is no lab at all."""
    known = lab_names()
    last = read_json(state / "lab.json", lambda _text: None).get("lab")
    return last if last in known else find_lab(known[0] if known else FIRST_LAB).name


class LocalCamp:
    """One lab, opened: knows its services and runs them until it is told to stop. `stand_ins` take the place of
    services, by their names. Without JupyterLab, somebody else runs one, such as Binder."""

    def __init__(
        self,
        lab: Lab,
        say: Say,
        *,
        core_tools: bool = False,
        idle: float | None = None,
        stand_ins: Mapping[str, StandIn] | None = None,
        with_jupyter: bool = True,
    ) -> None:
        self.lab = lab
        self.state = project.state()
        self._say = say
        self._core_tools = core_tools
        self._idle = idle
        self._stand_ins = dict(stand_ins or {})
        self._with_jupyter = with_jupyter
        self._services: tuple[str, ...] = ()  # those that run, once they are chosen
        self._book = PortBook(self.state / "ports.json", say)
        self._keys = keys(self.state, say)

    def services(self) -> tuple[list[CloudService], Opened]:
        """The camp's services, and what they are told, with the ports of this clone."""
        found = [one for one in in_order((*self.lab.all_services, PORTAL)) if one.name not in self._stand_ins]
        usual = {name: port for one in found for name, port in one.ports.items()}
        if self._with_jupyter:
            usual[JUPYTER] = jupyter.USUAL_PORT
        opened = Opened(
            services=(*(one.name for one in found), *self._stand_ins),
            ports=self._book.choose(usual),
            secrets=self._keys,
            state=self.state,
            app=self.lab.work,
            python=project.apps_python(),
            prepared=self.lab.prepared,
            idle=self._idle,
            core_tools=self._func() if self._core_tools else None,
            elsewhere=_elsewhere({one.name for one in found} | self._stand_ins.keys()),
        )
        given = [one.settings(opened) for one in found] + [dict(one.settings) for one in self._stand_ins.values()]
        opened = replace(opened, settings={name: value for some in given for name, value in some.items()})
        return found, replace(opened, portal=tuple(one.portal(opened) for one in found))

    def processes(self, found: Sequence[CloudService], opened: Opened) -> list[ServiceProcess]:
        """All that the supervisor runs; each may call at once what comes before it."""
        self._services = opened.services
        started: list[ServiceProcess] = []
        for one in found:
            before = tuple(process.name for process in started)
            started += one.processes(replace(opened, before_app=before))
        return [*started, self._jupyter(opened, started)] if self._with_jupyter else started

    def _jupyter(self, opened: Opened, started: Sequence[ServiceProcess]) -> ServiceProcess:
        self._configure_jupyter()
        notebook = self.lab.work / f"{self.lab.name}.ipynb"
        token, port = self._keys[JUPYTER_TOKEN], opened.ports[JUPYTER]
        needs = tuple(process.name for process in started)
        return jupyter.service(
            port, token, project.work(), self.state, notebook, needs, opened.services, self.lab.opens
        )

    def _configure_jupyter(self) -> None:
        ports = self._book.ports
        jupyter.configure(self.state, ports[JUPYTER], ports[PORTAL], project.work(), self._services)

    def _func(self) -> Path:
        if func := shutil.which("func"):
            return Path(func)
        raise CampFailed(
            _(
                "Azure Functions Core Tools (func) is not on PATH. Install it "
                "(https://learn.microsoft.com/azure/azure-functions/functions-run-local), or leave out --host func."
            )
        )

    async def run(self, opened: Callable[[list[tuple[str, str]], float], None], studio: Callable[[str], None]) -> None:
        """Runs the camp until SIGINT, SIGTERM or SIGHUP; calls `opened` with every URL once the local cloud answers,
        and `studio` with JupyterLab's URL once that does. Raises ServiceFailed when a service is given up."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        began = time.monotonic()
        with alone(self._say):
            found, camp = self.services()
            processes = self.processes(found, camp)
            supervisor = Supervisor(processes, self.state, self._say, facts=self.facts(), on_state_lost=self._remember)
            self._remember()
            try:
                if not await self._unless(stop, supervisor.start()):
                    return
            except BaseException:
                await supervisor.stop()
                raise
        try:
            address = next((one.url for one in processes if one.name == JUPYTER), None)
            opened(self.urls(found, camp, address), time.monotonic() - began)
            await self._unless(stop, self._keep_open(supervisor, address, studio))
        finally:
            await supervisor.stop()

    @staticmethod
    async def _keep_open(supervisor: Supervisor, address: str | None, studio: Callable[[str], None]) -> None:
        if address and await supervisor.ready(JUPYTER):
            studio(address)
        await supervisor.wait()

    @staticmethod
    async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
        """Awaits `work` unless `stop` comes first; whether it was finished."""
        tasks = [asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done = tasks[0].done() and not stop.is_set()
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]
        return done

    def facts(self) -> dict[str, Any]:
        stand_ins = {name: one.endpoint for name, one in self._stand_ins.items()}
        return {
            "lab": self.lab.name,
            "app": str(self.lab.work),
            "root": str(project.root()),
            **({"stand_ins": stand_ins} if stand_ins else {}),
        }

    def _remember(self) -> None:
        """Writes what a later start needs; again after `.camp/` was deleted."""
        self._book.save()
        if self._with_jupyter:
            self._configure_jupyter()
        write_json(self.state / "lab.json", {"lab": self.lab.name})
        write_json(self.state / "secrets.json", self._keys)

    def urls(self, found: Sequence[CloudService], camp: Opened, studio: str | None) -> list[tuple[str, str]]:
        """What a person may open or call, with its name, in the order of the registry."""
        shown = sorted([*(one.name for one in found), *self._stand_ins], key=SERVICES.index)
        own = [(_("JupyterLab (your lab)"), studio)] if studio else []
        return [*own, *(url for name in shown for url in service(name).urls(camp))]


def _elsewhere(running: Collection[str]) -> dict[str, str]:
    """The first lab that has each service which does not run."""
    found: dict[str, str] = {}
    for lab in labs():
        for name in lab.all_services:
            if name not in running:
                found.setdefault(name, str(lab.number))
    return found


def ledger() -> Ledger:
    """This clone's ledger."""
    return Ledger(project.state() / "services.json")


def url_of(service: str) -> str | None:
    """Where this service of the open camp answers; None when it does not run."""
    entry = ledger().entries().get(service) if (project.state() / "services.json").exists() else None
    return entry.url if entry and entry.alive else None
