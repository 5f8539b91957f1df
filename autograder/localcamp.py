"""The camp that `camp up` opens: one lab's app on the local cloud, and JupyterLab beside it."""

import asyncio
import fcntl
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import contract, jupyter, project, workspace
from autograder.cosmos_account import CosmosAccount
from localcloud.messages import _
from localcloud.supervisor import PortBook, Service, Supervisor, services
from localcloud.supervisor.ledger import Ledger, read_json, write_json

Say = Callable[[str], None]


class CampFailed(RuntimeError):
    """The camp cannot be opened; the text says what to do."""


@dataclass(frozen=True)
class Keys:
    """This clone's own secrets, made once: they open nothing but this laptop's camp."""

    slack: services.SlackKeys
    jupyter_token: str


def keys(state: Path, say: Say) -> Keys:
    """The secrets in `state`/secrets.json; missing ones are made."""
    path = state / "secrets.json"
    known = read_json(path, say)
    made = {
        "slack_bot_token": f"xoxb-local-{secrets.token_hex(12)}",
        "slack_signing_secret": secrets.token_hex(16),
        "slack_outgoing_token": secrets.token_hex(12),
        "jupyter_token": secrets.token_hex(24),
    }
    kept = {name: str(known.get(name) or fresh) for name, fresh in made.items()}
    if kept != known:
        write_json(path, kept)
    slack = services.SlackKeys(kept["slack_bot_token"], kept["slack_signing_secret"], kept["slack_outgoing_token"])
    return Keys(slack, kept["jupyter_token"])


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
    """The lab that was open last, else the first one; WorkspaceError when there is no lab at all."""
    known = workspace.labs()
    last = read_json(state / "lab.json", lambda _text: None).get("lab")
    return last if last in known else workspace.lab_name(known[0] if known else "1")


class LocalCamp:
    """One lab, opened: knows its services and runs them until it is told to stop."""

    def __init__(
        self,
        lab: str,
        say: Say,
        *,
        core_tools: bool = False,
        idle: float | None = None,
        account: CosmosAccount | None = None,
    ) -> None:
        self.lab = lab
        self.account = account
        self.state = project.state()
        self.app = workspace.folder_of(lab)
        self._say = say
        self._core_tools = core_tools
        self._idle = idle
        self._book = PortBook(self.state / "ports.json", say)
        self._keys = keys(self.state, say)

    def services(self) -> list[Service]:
        """All services with the ports of this clone."""
        emulated = self._emulates_cosmos()
        usual = {name: port for name, port in services.USUAL_PORTS.items() if emulated or name != contract.SERVICE}
        ports = self._book.choose({**usual, "jupyter": jupyter.USUAL_PORT})
        self._configure_jupyter()
        connections = self._connections(ports)
        return [
            services.azurite(ports, self.state),
            *([services.cosmos(ports, self.state, contract.container_options())] if emulated else []),
            services.portal(ports, self._keys.slack, self.state, connections),
            self._host(ports, connections, (contract.SERVICE,) if emulated else ()),
            jupyter.service(
                ports["jupyter"], self._keys.jupyter_token, project.work(), self.state, self.app / f"{self.lab}.ipynb"
            ),
        ]

    def _configure_jupyter(self) -> None:
        jupyter.configure(self.state, self._book.ports["jupyter"], self._book.ports["portal"], project.work())

    def _emulates_cosmos(self) -> bool:
        """Whether the camp's own emulator runs: for the labs that need it, so that the others stay small."""
        return self.account is None and contract.SERVICE in workspace.services_of(self.lab)

    def _connections(self, ports: dict[str, int]) -> dict[str, str]:
        """The app settings that lead to Cosmos DB."""
        if self.account:
            return {contract.SETTING: self.account.connection_string}
        if contract.SERVICE not in ports:
            return {}
        key = contract.EMULATOR_KEY
        return {contract.SETTING: contract.connection_string(services.url(ports[contract.SERVICE]), key)}

    def _host(self, ports: dict[str, int], connections: dict[str, str], needs: tuple[str, ...]) -> Service:
        slack = self._keys.slack
        if not self._core_tools:
            python = project.apps_python()
            return services.functions(ports, slack, self.state, self.app, python, self._idle, connections, needs)
        func = shutil.which("func")
        if not func:
            raise CampFailed(
                _(
                    "Azure Functions Core Tools (func) is not on PATH. Install it "
                    "(https://learn.microsoft.com/azure/azure-functions/functions-run-local), or leave out --host func."
                )
            )
        return services.core_tools(ports, slack, self.app, Path(func), connections, needs)

    async def run(self, opened: Callable[[list[tuple[str, str]], float], None], studio: Callable[[str], None]) -> None:
        """Runs the camp until SIGINT, SIGTERM or SIGHUP; calls `opened` with every URL once the local cloud answers,
        and `studio` with JupyterLab's URL once that does. Raises ServiceFailed when a service is given up."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        began = time.monotonic()
        with alone(self._say):
            all_services = self.services()
            supervisor = Supervisor(
                all_services, self.state, self._say, facts=self.facts(), on_state_lost=self._remember
            )
            self._remember()
            try:
                if not await self._unless(stop, supervisor.start()):
                    return
            except BaseException:
                await supervisor.stop()
                raise
        try:
            opened(urls(all_services), time.monotonic() - began)
            await self._unless(stop, self._keep_open(supervisor, all_services, studio))
        finally:
            await supervisor.stop()

    @staticmethod
    async def _keep_open(supervisor: Supervisor, all_services: list[Service], studio: Callable[[str], None]) -> None:
        if await supervisor.ready("jupyter"):
            studio(next(one.url for one in all_services if one.name == "jupyter"))
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
        account = {"cosmos": self.account.endpoint} if self.account else {}
        return {"lab": self.lab, "app": str(self.app), "root": str(project.root()), **account}

    def _remember(self) -> None:
        """Writes what a later start needs; again after `.camp/` was deleted."""
        self._book.save()
        self._configure_jupyter()
        write_json(self.state / "lab.json", {"lab": self.lab})
        write_json(
            self.state / "secrets.json",
            {
                "slack_bot_token": self._keys.slack.bot_token,
                "slack_signing_secret": self._keys.slack.signing_secret,
                "slack_outgoing_token": self._keys.slack.outgoing_token,
                "jupyter_token": self._keys.jupyter_token,
            },
        )


def urls(all_services: list[Service]) -> list[tuple[str, str]]:
    """What a person may open or call, with its name."""
    by_name = {service.name: service for service in all_services}
    names = {
        "jupyter": _("JupyterLab (your lab)"),
        "portal": _("Chat and functions pages"),
        "functions": _("Functions host"),
    }
    slack = by_name["functions"].env["SLACK_API_URL"]
    storage = by_name["functions"].env["AzureWebJobsStorage"]
    endpoints = dict(part.split("=", 1) for part in storage.split(";") if "Endpoint=" in part)
    cosmos = by_name["functions"].env.get(contract.SETTING)
    return [
        *((title, by_name[name].url) for name, title in names.items()),
        (_("Slack API"), slack),
        *([(_("Cosmos DB"), contract.endpoint_of(cosmos))] if cosmos else []),
        *(
            (_("Storage: {kind}").format(kind=kind), endpoints[f"{kind}Endpoint"])
            for kind in ("Blob", "Queue", "Table")
        ),
    ]


def ledger() -> Ledger:
    """This clone's ledger."""
    return Ledger(project.state() / "services.json")
