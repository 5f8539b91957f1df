"""A Lambda function that SQS triggers: `sqs_worker.py` with `make_queues(sqs)` and `handler(event, context)`.

It may lie beside another kind's files. Nothing of it runs before a check asks for it, so that what is wrong with it
fails that check alone.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder import project
from autograder.answers.launching import InCell
from autograder.checking import CellLost, fail
from autograder.kinds import Kind
from localcloud.aws.account import ENDPOINT, REGION
from localcloud.aws.client import AwsClient
from localcloud.aws.function import PLAIN, PROGRAM, Client, FunctionFailed, FunctionSpec, Handler, LambdaFunction
from localcloud.aws.mapping import EventSourceMapping
from localcloud.aws.view import Aws
from localcloud.cloud import NotAsExpected, Started, View
from localcloud.functions.loading.settings import SettingsError, read_local_settings
from localcloud.journal import Entry
from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.private import PrivateCloud
    from autograder.sandbox import Cell

FILE, HANDLER, QUEUES = "sqs_worker.py", "handler", "make_queues"
NAME = "sqs-worker"
SECONDS = 60.0  # of one invocation
LOOK_EVERY = 0.05


class SqsHandler(Kind):
    name = "sqs-handler"
    services = ("aws",)

    async def stage(self, cloud: "PrivateCloud", folder: Path) -> "StagedHandler":
        staged = StagedHandler(cloud, folder)
        cloud.stack.push_async_callback(staged.stop)
        return staged


KIND = SqsHandler()


class SqsWorker(View):
    """The learner's handler and its mapping, as a check sees them."""

    def __init__(self, staged: "StagedHandler") -> None:
        self._staged = staged
        self._since = staged.cloud.journal.last

    async def make_queues(self) -> tuple[str, str]:
        """The URLs that the learner's `make_queues` returns: the queue, and the one for dead letters. It may be called
        again. What is wrong with it fails the check."""
        function = self._staged.function()
        try:
            found = await function.call(QUEUES, Client("sqs"))
        except FunctionFailed as failed:
            await self._staged.must_live()
            fail(
                seen=f"{QUEUES}(sqs): {failed.error}\n{failed.error.traceback}".rstrip(),
                expected=_("the URLs of two queues"),
                next=_("Call it yourself with boto3.client('sqs') while the camp is up."),
            )
        if not (isinstance(found, list) and len(found) == 2 and all(isinstance(url, str) for url in found)):
            fail(
                seen=_("{name}(sqs) returned {value}.").format(name=QUEUES, value=repr(found)[:400]),
                expected=_("the URLs of two queues, the second for dead letters"),
                next=_("return queue_url, dead_letter_url"),
            )
        return found[0], found[1]

    async def start(self, queue: str) -> None:
        """From now on the queue's messages go to the handler."""
        await self._staged.map(queue)

    async def pause(self) -> None:
        """The mapping rests, once its batch is done: what is sent meanwhile arrives as one batch."""
        await self._staged.mapping.pause()

    def resume(self) -> None:
        self._staged.mapping.resume()

    async def recycle(self) -> None:
        """The next invocation is a cold start; what was written into files is gone."""
        await self._staged.cloud.forget_files()
        await self._staged.function().recycle()

    @property
    def invocations(self) -> list[dict[str, Any]]:
        """What has become of the invocations since this check began: the facts of `lambda.finished`."""
        return [entry.facts for entry in self._entries("lambda.finished")]

    async def until(
        self, done: Callable[[list[dict[str, Any]]], bool], *, expected: str, seconds: float = 15.0
    ) -> None:
        """Waits until the invocations are as they should be; a time-out fails the check, with the last error."""
        deadline = time.monotonic() + seconds
        while not done(self.invocations):
            if time.monotonic() > deadline:
                await self._staged.must_live()
                raise NotAsExpected(
                    seen=_("Time-out: after {seconds:g} seconds. Calls of the handler: {count}. {error}")
                    .format(seconds=seconds, count=len(self.invocations), error=self.last_error or "")
                    .rstrip(),
                    expected=expected,
                    next=_("Look at what the handler returns, and at its log."),
                )
            await asyncio.sleep(LOOK_EVERY)

    @property
    def last_error(self) -> str | None:
        """Why the last invocation failed, or what was wrong with its answer; None when nothing was."""
        facts = self.invocations[-1] if self.invocations else {}
        found = facts.get("error") or facts.get("malformed")
        return str(found) if found else None

    def _entries(self, kind: str) -> list[Entry]:
        return [entry for entry in self._staged.cloud.journal.since(self._since) if entry.kind == kind]


class StagedHandler:
    """The copy of the handler's folder, and the one mapping to it."""

    def __init__(self, cloud: "PrivateCloud", folder: Path) -> None:
        self.cloud = cloud
        self._folder = folder
        self._function: LambdaFunction | None = None
        self._mapping: EventSourceMapping | None = None
        self._client: AwsClient | None = None
        self.started = Started({}, {SqsWorker: lambda _notes: SqsWorker(self)}, quiet=self.quiet)

    @property
    def mapping(self) -> EventSourceMapping:
        if self._mapping is None:
            raise RuntimeError("start the mapping first")
        return self._mapping

    def function(self) -> LambdaFunction:
        """The function, which is not running yet; a missing file fails the check."""
        if self._function is None:
            if not (self._folder / FILE).is_file():
                fail(
                    seen=_("There is no {file}.").format(file=FILE),
                    expected=_("{file} with {queues}(sqs) and {handler}(event, context)").format(
                        file=FILE, queues=QUEUES, handler=HANDLER
                    ),
                    next=_("Put it beside the app's other files; 'camp reset' brings the first one back."),
                )
            launcher = InCell(self.cloud.cell, PROGRAM) if self.cloud.cell else PLAIN
            handler = Handler(self._folder, Path(FILE).stem, HANDLER)
            spec = FunctionSpec(handler, project.apps_python(), self._environ(), NAME, SECONDS, launcher=launcher)
            self._function = LambdaFunction(spec, self.cloud.journal)
        return self._function

    async def map(self, queue: str) -> None:
        """Starts the mapping of this queue, in the place of one that there is."""
        if self._mapping and self._mapping.queue_url != queue:
            await self._mapping.pause()
            self._mapping = None
        if self._mapping is None:
            self._mapping = EventSourceMapping(self._aws().client, queue, self.function(), self.cloud.journal)
        self._mapping.start()

    async def refresh(self) -> None:
        """The next invocation imports the files as they are now."""
        await self.stop()

    async def stop(self) -> None:
        if self._mapping:
            await self._mapping.stop()
        if self._function:
            await self._function.stop()
        if self._client:
            await self._client.close()
        self._mapping = self._function = self._client = None

    async def quiet(self, silence: float, timeout: float) -> None:
        """Returns once the mapped queue has been empty, and no invocation has ended, for so long."""
        journal, rest_since = self.cloud.journal, time.monotonic()
        last = journal.last
        while time.monotonic() - rest_since < silence:
            await asyncio.sleep(min(silence, LOOK_EVERY))
            if await self._is_busy() or any(one.kind.startswith("lambda.") for one in journal.since(last)):
                rest_since, last = time.monotonic(), journal.last

    async def must_live(self) -> None:
        """Raises CellLost when the sandbox's cell is gone; fails the check when a limit was exceeded."""
        cell: Cell | None = self.cloud.cell
        if cell is None:
            return
        await cell.settle()
        if cell.lost:
            raise CellLost()
        if cell.told:
            fail(
                seen=cell.told,
                expected=_("a handler that keeps within its limits"),
                next=_("Look for what it repeats."),
            )

    async def _is_busy(self) -> bool:
        if self._mapping is None:
            return False
        return self._mapping.in_flight or (await self._aws().depth(self._mapping.queue_url)).all > 0

    def _aws(self) -> Aws:
        self._client = self._client or AwsClient(self.cloud.settings[ENDPOINT], REGION)
        return Aws(self._client)

    def _environ(self) -> dict[str, str]:
        try:
            own = read_local_settings(self._folder / "local.settings.json").values
        except SettingsError as error:
            fail(seen=str(error), expected=_("settings that can be read"), next=_("Correct local.settings.json."))
        return self.cloud.settings_over(own)
