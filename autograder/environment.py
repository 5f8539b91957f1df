"""The cloud of one check run: a Slack workspace, a Functions host with a copy of the app, storage if the lab asks."""

import asyncio
import random
import shutil
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from autograder import project
from autograder.appfolder import AppProblem, app_files, copy_app
from autograder.camp import Camp
from autograder.lab import Lab
from autograder.requirements import check_requirements
from autograder.sandbox import Cell, Sandbox, SandboxUnavailable
from localcloud.functions.host import FunctionsHost
from localcloud.functions.launching import PLAIN
from localcloud.functions.settings import SettingsError, read_local_settings
from localcloud.journal import Journal
from localcloud.messages import _
from localcloud.slack.workspace import SlackApp, SlackWorkspace
from localcloud.storage import Azurite

RETRY_DELAYS = (0.0, 0.3, 0.6)
SECONDS_TO_START = 2.0
OURS = ("FUNCTIONS_WORKER_PROCESS_COUNT", "PYTHONPATH", "PYTHONHOME")


class CampBroken(Exception):
    """The camp itself cannot run checks; the text says what to do."""


@dataclass
class Environment:
    """A running cloud that no other run sees. Use `start`; `stop` ends all of it."""

    slack: SlackWorkspace
    app: SlackApp
    host: FunctionsHost
    http: aiohttp.ClientSession
    storage: str | None
    settings: dict[str, str]
    stack: AsyncExitStack
    cell: Cell | None = None

    @classmethod
    async def start(
        cls, lab: Lab, app_folder: Path, seed: str, workers: int = 1, sandbox: Sandbox | None = None
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
            slack = SlackWorkspace(journal=journal, retry_delays=RETRY_DELAYS, rng=rng)
            stack.push_async_callback(slack.stop)
            cell = await _cell(sandbox, folder / "app", stack) if sandbox else None
            storage = await _storage(stack, cell) if "storage" in lab.services else None
            await slack.start()
            if cell:
                await slack.answer_on(await cell.listen(_port(slack.url)))
            bot = slack.install_app(
                "camp",
                bot_token=f"xoxb-{rng.getrandbits(96):024x}",
                signing_secret=f"{rng.getrandbits(128):032x}",
                outgoing_token=f"{rng.getrandbits(96):024x}",
            )
            settings = _settings(folder / "app", slack, bot, storage)
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
            _must_have_loaded(host, cell)
            http = await stack.enter_async_context(aiohttp.ClientSession())
            bot.events_url = f"{host.url}/api/slack/events"
            bot.outgoing_url = f"{host.url}/api/slack/outgoing"
            return cls(slack, bot, host, http, storage, settings, stack.pop_all(), cell)

    async def refresh(self, app_folder: Path) -> None:
        """Runs the app as it is now, in the same cloud. AppProblem when it does not load; it can be refreshed again.
        Not for a cloud in a sandbox, whose copy of the app stays what it is."""
        await asyncio.to_thread(_copy_anew, app_folder, self.host.app_dir)
        settings = _settings(self.host.app_dir, self.slack, self.app, self.storage)
        self.settings.clear()
        self.settings.update(settings)
        await self.host.restart()
        _must_have_loaded(self.host)

    async def stop(self) -> None:
        await self.stack.aclose()

    def camp(self, rng: random.Random) -> Camp:
        """The view of one check, with its own random numbers."""
        return Camp(self.slack, self.app, self.host, self.http, rng, self.storage)


class Clouds:
    """The clouds of one run of a lab's checks on an app, one for each number of workers, made on first need."""

    def __init__(self, lab: Lab, app: Path, sandbox: Sandbox | None = None) -> None:
        self.lab = lab
        self.app = app
        self.sandbox = sandbox
        self._running: dict[int, Environment] = {}
        self._starting: dict[int, asyncio.Task[None]] = {}
        self._problem: AppProblem | None = None

    def prepare(self, workers: int, seed: int) -> None:
        """Begins to start the cloud with so many workers, if it is not there: it is soon wanted."""
        if not (self._problem or workers in self._running or workers in self._starting):
            self._start(workers, f"{seed}:{workers}")

    async def get(self, workers: int, seed: int) -> Environment:
        """The cloud with so many workers. An app that does not load is tried once only."""
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
        if environment := self._running.pop(workers, None):
            await environment.stop()

    async def stop(self) -> None:
        """Ends all of them; one that an interrupt left half started is started first, so that it leaves nothing."""
        if self._starting:
            await asyncio.wait(self._starting.values(), timeout=SECONDS_TO_START)
        running, self._running = list(self._running.values()), {}
        await asyncio.gather(*(environment.stop() for environment in running))

    def _start(self, workers: int, seed: str) -> asyncio.Task[None]:
        async def start() -> None:
            self._running[workers] = await Environment.start(self.lab, self.app, seed, workers, self.sandbox)

        def started(task: asyncio.Task[None]) -> None:
            self._starting.pop(workers)
            if not task.cancelled():
                task.exception()  # told to whoever asks for this cloud, if somebody does

        task = self._starting[workers] = asyncio.create_task(start())
        task.add_done_callback(started)
        return task


def _copy_anew(app_folder: Path, target: Path) -> None:
    app_files(app_folder)
    for path in target.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    _copy(app_folder, target)


def _copy(app_folder: Path, target: Path) -> None:
    copy_app(app_folder, target)
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


def _settings(folder: Path, slack: SlackWorkspace, bot: SlackApp, storage: str | None) -> dict[str, str]:
    try:
        own = read_local_settings(folder / "local.settings.json").values
    except SettingsError as error:
        raise AppProblem(str(error), _("Mend local.settings.json; 'camp reset' brings the first one back.")) from error
    contract = {
        "SLACK_BOT_TOKEN": bot.bot_token,
        "SLACK_SIGNING_SECRET": bot.signing_secret,
        "SLACK_OUTGOING_TOKEN": bot.outgoing_token,
        "SLACK_API_URL": slack.api_url,
    }
    own = {name: value for name, value in own.items() if name not in OURS and name != "AzureWebJobsStorage"}
    return {**own, **contract, **({"AzureWebJobsStorage": storage} if storage else {})}


def _must_have_loaded(host: FunctionsHost, cell: Cell | None = None) -> None:
    if host.functions:
        return
    if cell and cell.told:
        raise AppProblem(cell.told, _("Look at what the app does when it is imported."))
    why = "\n".join(host.errors) or _("The host found no function in the app.")
    raise AppProblem(
        _("The app does not load, so no function answers.\n{why}").format(why=why),
        _("Mend what the first line names, then check again; 'camp logs functions' shows the whole log."),
    )
