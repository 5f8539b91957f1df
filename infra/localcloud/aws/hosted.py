"""A handler that a person edits: mapped to the queue that its own file makes, and again whenever its file is saved."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchfiles import Change, awatch

from localcloud.functions.settings import SettingsError, read_local_settings
from localcloud.functions.worker_settings import LEFT_OUT
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


class Hosted:
    """`run` it until it is cancelled. What happens goes into `journal`; `urls` are the queues that are mapped now."""

    def __init__(self, source: Source, endpoint: str, python: Path, settings: Mapping[str, str]) -> None:
        self.journal = Journal()
        self.urls: list[str] = []
        self._source = source
        self._endpoint = endpoint
        self._python = python
        self._settings = settings
        self._worked = False  # whether queues were made since the file was saved

    async def run(self) -> None:
        changes = awatch(self._source.handler.folder, watch_filter=self._counts, recursive=False)
        saved = asyncio.ensure_future(anext(changes))
        try:
            async with AwsClient(self._endpoint, REGION) as aws:
                while True:
                    mapping = await self._mapped(aws)
                    try:
                        await self._until_out_of_date(mapping, saved)
                    finally:
                        await mapping.stop()
                    if saved.done():
                        saved.result()
                        saved = asyncio.ensure_future(anext(changes))
                        self._worked = False
                        self.journal.add("lambda.reloaded", function=self._source.handler.module)
        finally:
            saved.cancel()
            await asyncio.wait({saved})

    async def _until_out_of_date(self, mapping: EventSourceMapping, saved: "asyncio.Future[Any]") -> None:
        """Returns when a file was saved, and when queues that were there are gone: AWS may be another, empty one."""
        while not saved.done():
            await asyncio.wait({saved}, timeout=LOOK_EVERY)
            if mapping.problem or (self._worked and not self.urls):
                return

    def _counts(self, _change: Change, path: str) -> bool:
        return Path(path).suffix == ".py" or Path(path).name == SETTINGS_FILE

    async def _mapped(self, aws: AwsClient) -> EventSourceMapping:
        """The mapping of the first queue that the file makes; one that does not poll when it makes none."""
        handler = self._source.handler
        spec = FunctionSpec(handler, self._python, self._environ(), handler.module, SECONDS)
        function = LambdaFunction(spec, self.journal)
        try:
            self.urls = urls = await self._made(function)
        except BaseException:
            await function.stop()
            raise
        mapping = EventSourceMapping(aws, urls[0] if urls else "", function, self.journal)
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


def app_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings in a process's environment that are meant for an app: none of a person's own for AWS."""
    return {
        name: value
        for name, value in environment.items()
        if name not in LEFT_OUT and (not name.startswith("AWS_") or name in OWNED)
    }
