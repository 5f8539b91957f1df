"""The cloud of one check run: a Slack workspace, a Functions host with a copy of the app, storage and Cosmos DB if the
lab asks."""

import asyncio
import base64
import random
import shutil
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from autograder import contract, project
from autograder.appfolder import AppProblem, app_files, copy_app
from autograder.camp import Camp
from autograder.checking import CampBroken, CellLost
from autograder.documents import Documents
from autograder.hardship import recycled
from autograder.lab import Lab
from autograder.requirements import check_requirements
from autograder.sandbox import Cell, Sandbox, SandboxUnavailable
from autograder.starters import NOT_THE_APP
from localcloud.functions.host import FunctionsHost
from localcloud.functions.launching import PLAIN
from localcloud.functions.settings import SettingsError, read_local_settings
from localcloud.journal import Journal
from localcloud.messages import _
from localcloud.slack.workspace import SlackApp, SlackWorkspace
from localcloud.storage import Azurite

if TYPE_CHECKING:
    from localcloud.cosmos.emulator import Emulator

RETRY_DELAYS = (0.0, 0.3, 0.6)
LOGGED, LOG_LINES = frozenset({"host.log", "invocation.log"}), 10
OURS = ("FUNCTIONS_WORKER_PROCESS_COUNT", "PYTHONPATH", "PYTHONHOME", "AzureWebJobsStorage", contract.SETTING)


class KilledWhileLoading(AppProblem):
    """The app does not load, for its worker was killed: by itself, or by somebody outside."""


@dataclass
class Environment:
    """A running cloud that no other run sees. Use `start`; `stop` ends all of it."""

    slack: SlackWorkspace
    app: SlackApp
    host: FunctionsHost
    http: aiohttp.ClientSession
    storage: str | None
    cosmos: "Emulator | None"
    settings: dict[str, str]
    stack: AsyncExitStack
    cell: Cell | None = None

    @classmethod
    async def start(
        cls,
        lab: Lab,
        app_folder: Path,
        seed: str,
        workers: int = 1,
        sandbox: Sandbox | None = None,
        recycling: bool = False,
    ) -> "Environment":
        """A cloud of its own for a copy of the app; `seed` decides ids and secrets. In a `sandbox`, the app can reach
        this cloud and nothing else. AppProblem when it does not load, CampBroken when something of ours is missing."""
        python = project.apps_python()
        if not python.exists():
            raise CampBroken(_("The workers' Python is not there ({path}). Run ./camp once.").format(path=python))
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="camp-check-")))
            await asyncio.to_thread(_copy, app_folder, folder / "app")
            rng = random.Random(seed)
            journal = Journal()
            slack = SlackWorkspace(journal=journal, retry_delays=RETRY_DELAYS, rng=rng, keep_alive=True)
            stack.push_async_callback(slack.stop)
            cell = await _cell(sandbox, folder / "app", stack) if sandbox else None
            storage = await _storage(stack, cell) if "storage" in lab.services else None
            cosmos = await _cosmos(stack, rng, cell) if contract.SERVICE in lab.services else None
            await slack.start()
            if cell:
                await slack.answer_on(await cell.listen(_port(slack.url)))
            bot = slack.install_app(
                "camp",
                bot_token=f"xoxb-{rng.getrandbits(96):024x}",
                signing_secret=f"{rng.getrandbits(128):032x}",
                outgoing_token=f"{rng.getrandbits(96):024x}",
            )
            settings = _settings(folder / "app", slack, bot, _connections(storage, cosmos))
            host = FunctionsHost(
                folder / "app",
                settings=lambda: dict(settings),
                python=python,
                workers=workers,
                journal=journal,
                fast=True,
                admin=False,
                launcher=cell or PLAIN,
            )
            stack.push_async_callback(host.stop)
            await host.start()
            if cell:
                await host.answer_on(await cell.listen(_port(host.url)))
            if cell and not host.functions:
                await cell.settle()
            _must_have_loaded(host, cell)
            if recycling:
                await stack.enter_async_context(recycled(host))
            http = await stack.enter_async_context(aiohttp.ClientSession())
            bot.events_url = f"{host.url}/api/slack/events"
            bot.outgoing_url = f"{host.url}/api/slack/outgoing"
            return cls(slack, bot, host, http, storage, cosmos, settings, stack.pop_all(), cell)

    async def refresh(self, app_folder: Path) -> None:
        """Runs the app as it is now, in the same cloud. AppProblem when it does not load; it can be refreshed again.
        Not for a cloud in a sandbox, whose copy of the app stays what it is."""
        await asyncio.to_thread(_copy_anew, app_folder, self.host.app_dir)
        settings = _settings(self.host.app_dir, self.slack, self.app, _connections(self.storage, self.cosmos))
        self.settings.clear()
        self.settings.update(settings)
        await self.host.restart()
        _must_have_loaded(self.host)

    async def stop(self) -> None:
        await self.stack.aclose()

    def mark(self) -> int:
        """Up to where things have been logged: `log_tail` tells what comes from there."""
        return self.host.journal.last

    def log_tail(self, since: int) -> str | None:
        """The last lines that host and app logged after the journal's entry `since`; None when there is none."""
        lines: list[str] = []
        for entry in reversed(self.host.journal.entries):
            if entry.number <= since or len(lines) == LOG_LINES:
                break
            if entry.kind in LOGGED:
                lines.append(f"{entry.facts['level']}: {entry.facts['message']}")
        return "\n".join(reversed(lines)) or None

    def camp(self, rng: random.Random) -> Camp:
        """The view of one check, with its own random numbers."""
        documents = Documents(self.cosmos) if self.cosmos else None
        return Camp(self.slack, self.app, self.host, self.http, rng, self.storage, documents)


def _copy_anew(app_folder: Path, target: Path) -> None:
    app_files(app_folder)
    for path in target.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    _copy(app_folder, target)


def _copy(app_folder: Path, target: Path) -> None:
    copy_app(app_folder, target)
    if app_folder.resolve().parent == project.content("solutions").resolve():
        for other in NOT_THE_APP:
            shutil.rmtree(target / other, ignore_errors=True)
    check_requirements(target)


async def _cell(sandbox: Sandbox, app: Path, stack: AsyncExitStack) -> Cell:
    try:
        cell = await sandbox.cell(app)
    except SandboxUnavailable as error:
        raise CampBroken(str(error)) from error
    stack.push_async_callback(cell.close)
    return cell


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port
    return port


async def _storage(stack: AsyncExitStack, cell: Cell | None) -> str:
    azurite = Azurite(memory=True)
    await asyncio.to_thread(azurite.start)
    stack.push_async_callback(asyncio.to_thread, azurite.stop)
    if cell:
        for port in (azurite.ports.blob, azurite.ports.queue, azurite.ports.table):
            await cell.open_passage(port)
    return azurite.connection_string()


async def _cosmos(stack: AsyncExitStack, rng: random.Random, cell: Cell | None) -> "Emulator":
    """An account of its own with the contract's containers, in memory, with a key that nobody can know."""
    from localcloud.cosmos.emulator import Emulator

    emulator = Emulator(None, key=base64.b64encode(rng.randbytes(64)).decode(), management=False)
    await emulator.start()
    stack.push_async_callback(emulator.stop)
    if cell:
        await emulator.answer_on(await cell.listen(_port(emulator.url)))
    headers = {"x-ms-offer-throughput": str(contract.THROUGHPUT)}
    for name, key_path in contract.CONTAINERS.items():
        await emulator.create_container(contract.DATABASE, name, key_path, headers=headers)
    return emulator


def _connections(storage: str | None, cosmos: "Emulator | None") -> dict[str, str]:
    """The settings that lead to this run's own accounts."""
    given = {"AzureWebJobsStorage": storage, contract.SETTING: cosmos.connection_string if cosmos else None}
    return {name: value for name, value in given.items() if value}


def _settings(folder: Path, slack: SlackWorkspace, bot: SlackApp, connections: dict[str, str]) -> dict[str, str]:
    try:
        own = read_local_settings(folder / "local.settings.json").values
    except SettingsError as error:
        raise AppProblem(str(error), _("Mend local.settings.json; 'camp reset' brings the first one back.")) from error
    given = {
        "SLACK_BOT_TOKEN": bot.bot_token,
        "SLACK_SIGNING_SECRET": bot.signing_secret,
        "SLACK_OUTGOING_TOKEN": bot.outgoing_token,
        "SLACK_API_URL": slack.api_url,
    }
    own = {name: value for name, value in own.items() if name not in OURS}
    return {**own, **given, **connections}


def _must_have_loaded(host: FunctionsHost, cell: Cell | None = None) -> None:
    if host.functions:
        return
    if cell and cell.told:
        raise AppProblem(cell.told, _("Look at what the app does when it is imported."))
    if cell and cell.lost:
        raise CellLost()
    why = "\n".join(host.errors) or _("The host found no function in the app.")
    kind = KilledWhileLoading if cell and cell.killed else AppProblem
    raise kind(
        _("The app does not load, so no function answers.\n{why}").format(why=why),
        _("Mend what the first line names, then check again; 'camp logs functions' shows the whole log."),
    )
