"""A Lambda function: the learner's handler in a worker process of its own, started at need and again after its end."""

import asyncio
import contextlib
import json
import os
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.functions.workers.launching import START as FUNCTIONS_START
from localcloud.functions.workers.launching import Launcher, PlainLauncher
from localcloud.functions.workers.process import Frame, LoadFailed, WorkerGone, WorkerProcess, WorkerSpec
from localcloud.functions.workers.settings import BASE, LEFT_OUT
from localcloud.journal import Journal
from localcloud.messages import _

from .account import ACCOUNT, REGION
from .worker.printing import MOST_CHARACTERS, Budget

START = Path(__file__).parent / "worker" / "start.py"
PROGRAM = "lambda"  # what the sandbox calls it
PLAIN = PlainLauncher(START, str(FUNCTIONS_START.parent))
USUAL_SECONDS, USUAL_MEMORY = 3.0, 128
SECONDS_TO_INITIALISE = 30.0  # AWS gives 10; a laptop that starts a class's functions at once needs longer
SECONDS_TO_CALL = 10.0
NO_FILE = "/dev/null"


class BadHandler(ValueError):
    """What names a handler names none; the text says why."""


@dataclass(frozen=True)
class Handler:
    """A handler: the folder and the module of its file, and the function's name."""

    folder: Path
    module: str
    name: str

    @classmethod
    def of(cls, text: str) -> "Handler":
        """The handler that `FILE:NAME` names; BadHandler when there can be none."""
        file, colon, name = text.rpartition(":")
        path = Path(file).absolute()
        if not colon or not name.isidentifier():
            raise BadHandler(
                _("'{text}' names no handler: write FILE:NAME, such as sqs_worker.py:handler.").format(text=text)
            )
        if path.suffix != ".py" or "." in path.stem:
            raise BadHandler(_("{file} cannot be imported: the name of a module ends in .py.").format(file=file))
        if not path.is_file():
            raise BadHandler(_("There is no file {file}.").format(file=path))
        return cls(path.parent, path.stem, name)


@dataclass(frozen=True)
class FunctionSpec:
    """What a function is, and how its process starts."""

    handler: Handler
    python: Path
    environ: Mapping[str, str] = field(
        default_factory=dict
    )  # the function's own variables, AWS_ENDPOINT_URL among them
    name: str = "function"
    seconds: float = USUAL_SECONDS  # after so long an invocation is ended
    memory_mb: int = USUAL_MEMORY
    launcher: Launcher = PLAIN


@dataclass(frozen=True)
class FunctionError:
    """Why an invocation failed: AWS's name for it or the exception's, and what goes with it."""

    type: str
    message: str
    traceback: str = ""

    def __str__(self) -> str:
        return f"{self.type}: {self.message}".rstrip(": ")


class FunctionFailed(RuntimeError):
    """A call had no result; `error` says why."""

    def __init__(self, error: FunctionError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True)
class Invocation:
    """What became of one invocation; `answer` is the value of the JSON that it returned."""

    request_id: str
    milliseconds: int
    cold: bool
    answer: Any = None
    error: FunctionError | None = None

    @property
    def timed_out(self) -> bool:
        return self.error is not None and self.error.type == TIMED_OUT


TIMED_OUT, EXITED = "Sandbox.Timedout", "Runtime.ExitError"


class LambdaFunction:
    """Nothing runs before the first invocation: that is a cold start, as is every one after `recycle`, an exit or a
    time-out. What happens goes into `journal` as `lambda.started`, `lambda.exited` and `lambda.log`."""

    def __init__(self, spec: FunctionSpec, journal: Journal) -> None:
        self.spec = spec
        self._journal = journal
        self._worker: WorkerProcess | None = None
        self._one_at_a_time = asyncio.Lock()
        self._request: str | None = None
        self._budget = Budget()

    @property
    def pid(self) -> int | None:
        return self._worker.pid if self._worker and self._worker.alive else None

    async def invoke(self, event: Any, request_id: str | None = None) -> Invocation:
        """Calls the handler with this event. What goes wrong with it is in the answer's `error`."""
        request_id = request_id or new_request_id()
        async with self._one_at_a_time:
            cold = self.pid is None
            started = time.perf_counter()
            try:
                worker = await self._warm(request_id)
                started = time.perf_counter()
                header = {"id": request_id, "do": "invoke", "seconds": self.spec.seconds}
                answer = await self._asked(worker, header, json.dumps(event).encode(), self.spec.seconds)
                error = None
            except FunctionFailed as failed:
                answer, error = None, failed.error
            milliseconds = round((time.perf_counter() - started) * 1000)
            return Invocation(request_id, milliseconds, cold, answer, error)

    async def call(self, name: str, *arguments: Any, seconds: float = SECONDS_TO_CALL) -> Any:
        """What another function of the handler's file returns for these values, as JSON has it. A `Client` stands for
        a boto3 client that is made in the function's process. FunctionFailed."""
        given = [{"client": one.service} if isinstance(one, Client) else {"value": one} for one in arguments]
        request_id = new_request_id()
        async with self._one_at_a_time:
            worker = await self._warm(request_id)
            header = {"id": request_id, "do": "call", "name": name}
            return await self._asked(worker, header, json.dumps(given).encode(), seconds)

    async def recycle(self) -> None:
        """Ends the process between invocations: the next one is a cold start."""
        async with self._one_at_a_time:
            await self._end(_("it was recycled"))

    async def crash(self) -> None:
        """Kills the process in the middle of what it does."""
        if (worker := self._worker) and worker.alive:
            worker.kill()

    async def stop(self) -> None:
        """Ends the process, whatever it does."""
        if worker := self._worker:
            self._worker = None
            await worker.end()

    async def _warm(self, request_id: str) -> WorkerProcess:
        """The process that has imported the handler; FunctionFailed when it cannot."""
        if (worker := self._worker) and worker.alive:
            return worker
        await self._end(None)
        started = time.perf_counter()
        spec = self.spec
        place = spec.launcher.place_of(spec.handler.folder)
        fresh = WorkerSpec(spec.python, place, environment(spec), launcher=spec.launcher)
        worker = self._worker = WorkerProcess(fresh, self._log, self._exited)
        self._begin(request_id)
        try:
            await worker.start()
            header = {"id": request_id, "do": "init", "module": spec.handler.module, "handler": spec.handler.name}
            await self._asked(worker, header, b"", SECONDS_TO_INITIALISE)
        except (WorkerGone, LoadFailed) as error:
            await self._end(None)
            raise FunctionFailed(FunctionError(EXITED, str(error))) from error
        except BaseException:
            await self._end(None)
            raise
        milliseconds = round((time.perf_counter() - started) * 1000)
        self._journal.add("lambda.started", function=spec.name, pid=worker.pid, milliseconds=milliseconds)
        return worker

    async def _asked(self, worker: WorkerProcess, header: dict[str, Any], blob: bytes, seconds: float) -> Any:
        """The process's answer; FunctionFailed when it is an error, none in time, or no answer at all."""
        self._begin(header["id"])
        try:
            frame = await asyncio.wait_for(worker.call(header, blob), seconds)
        except asyncio.TimeoutError:
            await self._end(_("it was ended at a time-out"))
            text = _("Task timed out after {seconds:.2f} seconds").format(seconds=seconds)
            raise FunctionFailed(FunctionError(TIMED_OUT, text)) from None
        except WorkerGone as error:
            raise FunctionFailed(FunctionError(EXITED, str(error))) from error
        return value_of(frame)

    def _begin(self, request_id: str) -> None:
        self._request, self._budget = request_id, Budget(2 * MOST_CHARACTERS)  # the process itself keeps to half of it

    def _log(self, line: dict[str, Any]) -> None:
        """A line that the process wrote; what it writes past its own bounds is dropped."""
        if kept := self._budget.take(line["message"]):
            facts = {"request_id": line["id"] or self._request, "level": line["level"], "message": kept}
            self._journal.add("lambda.log", function=self.spec.name, **facts)

    def _exited(self, worker: WorkerProcess) -> None:
        if worker is self._worker and not worker.expected_to_end:
            self._journal.add("lambda.exited", function=self.spec.name, pid=worker.pid, reason=worker.how_it_ended())

    async def _end(self, reason: str | None) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if reason and worker.alive:
            self._journal.add("lambda.exited", function=self.spec.name, pid=worker.pid, reason=reason)
        await worker.end()


@dataclass(frozen=True)
class Client:
    """Stands for a boto3 client of this service in the arguments of `LambdaFunction.call`."""

    service: str


def new_request_id() -> str:
    return str(uuid.uuid4())


def value_of(frame: Frame) -> Any:
    """The value that the process answered; FunctionFailed when it is an error or no JSON."""
    header, blob = frame
    if error := header.get("error"):
        raise FunctionFailed(FunctionError(error["type"][:200], error["message"], error["traceback"]))
    returned = header.get("returned") or {}
    with contextlib.suppress(ValueError, KeyError, RecursionError):
        start, end = returned["at"]
        return json.loads(blob[start:end])
    raise FunctionFailed(FunctionError("Runtime.InvalidResponse", _("the process answered with no JSON")))


def environment(spec: FunctionSpec) -> dict[str, str]:
    """The variables of the function's process: those that AWS sets, and the function's own."""
    base = {name: os.environ[name] for name in BASE if name in os.environ}
    region = spec.environ.get("AWS_REGION", REGION)
    stream = f"{time.strftime('%Y/%m/%d')}/[$LATEST]{secrets.token_hex(16)}"
    own = {
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": NO_FILE,  # a person's own AWS settings are none of the function's
        "AWS_SHARED_CREDENTIALS_FILE": NO_FILE,
        "AWS_EC2_METADATA_DISABLED": "true",
        "LAMBDA_TASK_ROOT": str(spec.launcher.place_of(spec.handler.folder)),
        "_HANDLER": f"{spec.handler.module}.{spec.handler.name}",
        "CAMP_AWS_ACCOUNT": ACCOUNT,
        "TZ": ":UTC",
    }
    return {**base, **own, **{name: text for name, text in spec.environ.items() if name not in LEFT_OUT}}
