"""A handler that a person edits: mapped to the queue that its own file makes, and again whenever its file is saved."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from watchfiles import Change, awatch

from localcloud.faults import Faults
from localcloud.functions.loading.settings import SettingsError, read_local_settings
from localcloud.functions.loading.watch import OwnWrites
from localcloud.functions.workers.settings import LEFT_OUT
from localcloud.journal import Journal
from localcloud.messages import _

from .account import OWNED, REGION
from .client import AwsClient
from .function import Client, FunctionFailed, FunctionSpec, Handler, LambdaFunction
from .mapping import EventSourceMapping

SETTINGS_FILE = "local.settings.json"
SECONDS = 60.0  # of one invocation
LOOK_EVERY = 2.0


@dataclass(frozen=True)
class Source:
    """Where the handler is, and which function of its file makes the queues and returns their URLs."""

    handler: Handler
    queues: str


class Saves:
    """What people save in the handler's folder. What the module writes itself whenever it is loaded is not that: to
    load it again would never end."""

    def __init__(self, folder: Path) -> None:
        self._changes = awatch(folder, watch_filter=_counts, recursive=False)
        self._next = asyncio.ensure_future(anext(self._changes))
        self._own_writes = OwnWrites()

    def loaded(self, began: float, ended: float) -> None:
        """The module was loaded between these times."""
        self._own_writes.loaded(began, ended)

    async def within(self, seconds: float) -> bool:
        """Whether somebody has saved a file; returns as soon as that is known."""
        await asyncio.wait({self._next}, timeout=seconds)
        if not self._next.done():
            return False
        paths = {Path(path) for _change, path in self._next.result()}
        self._next = asyncio.ensure_future(anext(self._changes))
        saved, _own = self._own_writes.sort(sorted(paths))
        return bool(saved)

    async def end(self) -> None:
        self._next.cancel()
        await asyncio.wait({self._next})


class Hosted:
    """`run` it until it is cancelled. What happens goes into `journal`; `urls` are the queues that are mapped now, and
    `function` is what gets their messages."""

    def __init__(self, source: Source, endpoint: str, python: Path, settings: Mapping[str, str]) -> None:
        self.journal = Journal()
        self.faults = Faults(self.journal.add)
        self.urls: list[str] = []
        self.function: LambdaFunction | None = None
        self._source = source
        self._endpoint = endpoint
        self._python = python
        self._settings = settings
        self._worked = False  # whether queues were made since the file was saved

    async def run(self) -> None:
        saves = Saves(self._source.handler.folder)
        try:
            async with AwsClient(self._endpoint, REGION) as aws:
                while True:
                    began = time.time()
                    mapping = await self._mapped(aws)
                    saves.loaded(began, time.time())
                    try:
                        saved = await self._saved(mapping, saves)
                    finally:
                        await mapping.stop()
                    if saved:
                        self._worked = False
                        self.journal.add("lambda.reloaded", function=self._source.handler.module)
        finally:
            await saves.end()

    async def _saved(self, mapping: EventSourceMapping, saves: Saves) -> bool:
        """Returns when a file was saved; False when queues that were there are gone: AWS may be another, empty one."""
        while not await saves.within(LOOK_EVERY):
            if mapping.problem or (self._worked and not self.urls):
                return False
        return True

    async def _mapped(self, aws: AwsClient) -> EventSourceMapping:
        """The mapping of the first queue that the file makes; one that does not poll when it makes none."""
        handler = self._source.handler
        spec = FunctionSpec(handler, self._python, self._environ(), handler.module, SECONDS)
        self.function = function = LambdaFunction(spec, self.journal)
        try:
            self.urls = urls = await self._made(function)
        except BaseException:
            await function.stop()
            raise
        mapping = EventSourceMapping(aws, urls[0] if urls else "", function, self.journal, faults=self.faults)
        if urls:
            self._worked = True
            mapping.start()
        return mapping

    async def _made(self, function: LambdaFunction) -> list[str]:
        file = self._source.handler.folder / f"{self._source.handler.module}.py"
        if not file.is_file():
            return self._problem(_("There is no {file}.").format(file=file.name))
        try:
            found = await function.call(self._source.queues, Client("sqs"))
        except FunctionFailed as failed:
            return self._problem(f"{file.name}: {failed.error}\n{failed.error.traceback}".rstrip())
        if not isinstance(found, list) or not found or not all(isinstance(url, str) for url in found):
            return self._problem(
                _("{name}(sqs) must return the URLs of its queues, the mapped one first.").format(
                    name=self._source.queues
                )
            )
        return found

    def _problem(self, text: str) -> list[str]:
        self.journal.add("lambda.problem", queue_url=None, problem=text)
        return []

    def _environ(self) -> dict[str, str]:
        try:
            own = read_local_settings(self._source.handler.folder / SETTINGS_FILE).values
        except SettingsError as error:
            self._problem(str(error))
            own = {}
        return {**{name: value for name, value in own.items() if name not in OWNED}, **self._settings}


def _counts(_change: Change, path: str) -> bool:
    return Path(path).suffix == ".py" or Path(path).name == SETTINGS_FILE


def app_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings in a process's environment that are meant for an app: none of a person's own for AWS."""
    return {
        name: value
        for name, value in environment.items()
        if name not in LEFT_OUT and (not name.startswith("AWS_") or name in OWNED)
    }
