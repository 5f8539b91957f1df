"""One invocation: attempts by the retry policy, a time limit, outputs written after success, and a record of it all."""

import asyncio
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.messages import _
from localcloud.trace import new_traceparent, span_id_of, trace_id_of

from . import record
from .bindings.binding_io import BindingFailed, read_inputs, write_output
from .retries import RetryContext, run_with_retries
from .worker.values import Value, pack, unpack
from .workers.process import LoadFailed, WorkerCrashed, WorkerGone

if TYPE_CHECKING:
    from .host import FunctionsHost
    from .loading.index import FunctionInfo

CRASH = "crash"
RETURN = "$return"


@dataclass(frozen=True)
class Failure:
    """Why an invocation failed; `trace` is the Python traceback, where there is one."""

    type: str
    message: str
    trace: str = ""

    def __str__(self) -> str:
        return f"{self.type}: {self.message}"

    def place(self, app: Path) -> str | None:
        """The error with the last line of the app that it passed: `function_app.py, line 7: KeyError: 'user'`."""
        found = re.findall(rf'File "{re.escape(str(app))}/([^"]+)", line (\d+)', self.trace)
        return (
            _("{file}, line {line}: {error}").format(file=found[-1][0], line=found[-1][1], error=self)
            if found
            else None
        )


@dataclass(frozen=True)
class Result:
    """What came of an invocation: `answer` is the HTTP output's value, None when it was never set. `elsewhere`: the
    answer is what the function returned to another binding, as there is no HTTP output or it was not set."""

    id: str
    failure: Failure | None = None
    answer: Value | None = None
    elsewhere: bool = False

    @property
    def ok(self) -> bool:
        return self.failure is None


@dataclass
class Invocation:
    """One run of a function. `inputs` by parameter, `data` for `{expressions}` in its outputs, `source` facts of what
    triggered it, for the journal; `fault` is the one that was injected into it; its `traceparent` goes on with the one
    that it came with, if any."""

    host: "FunctionsHost"
    function: "FunctionInfo"
    inputs: Mapping[str, Value]
    metadata: Mapping[str, Value]
    reason: str
    details: str
    came_with: str | None
    data: Mapping[str, Any]
    source: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    worker_pid: int | None = None
    fault: str | None = None
    traceparent: str = field(init=False)
    trace_id: str | None = field(init=False)
    span_id: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.traceparent = new_traceparent(trace_id_of(self.came_with))
        self.trace_id, self.span_id = trace_id_of(self.traceparent), span_id_of(self.traceparent)

    @property
    def parent_id(self) -> str | None:
        """The span that it was called from."""
        return span_id_of(self.came_with)

    async def run(self) -> Result:
        """Runs it to its end; never raises for what the app does."""
        started = time.perf_counter()
        self._began()
        result = await run_with_retries(
            self.function.retry, self._attempt, lambda one: str(one.failure) if one.failure else None,
            self._wait_to_retry, self.host.rng,
        )  # fmt: skip
        self._ended(result, (time.perf_counter() - started) * 1000)
        return result

    async def _wait_to_retry(self, seconds: float) -> None:
        record.retried(self, seconds)
        await asyncio.sleep(seconds * self.host.time_scale)

    async def _attempt(self, retry: RetryContext | None) -> Result:
        try:
            header, blob = await self._call(retry, {**self.inputs, **await read_inputs(self)})
        except asyncio.TimeoutError:
            limit = self.host.config.function_timeout
            text = f"Timeout value of {_span(limit or 0)} exceeded by function '{self._title}' (Id: '{self.id}')."
            return Result(self.id, Failure("FunctionTimeoutException", text))
        except BindingFailed as error:
            return Result(self.id, Failure(error.kind, str(error)))
        except WorkerGone as gone:
            self.fault = CRASH if isinstance(gone, WorkerCrashed) else None
            return Result(self.id, Failure("WorkerProcessExitException", str(gone)))
        except LoadFailed as error:
            return Result(self.id, Failure("FunctionLoadError", str(error)))
        if raised := header.get("error"):
            return Result(self.id, Failure(str(raised["type"]), str(raised["message"]), str(raised["traceback"])))
        return await self._finish(header, blob)

    async def _call(self, retry: RetryContext | None, inputs: Mapping[str, Value]) -> tuple[dict[str, Any], bytes]:
        blob = bytearray()
        header: dict[str, Any] = {
            "id": self.id,
            "function": self.function.name,
            "inputs": {name: pack(value, blob) for name, value in inputs.items()},
            "metadata": {name: pack(value, blob) for name, value in self.metadata.items()},
            "trace": self.traceparent,
        }
        if retry:
            header["retry"] = {
                "count": retry.retry_count, "max": retry.max_retry_count, "failure": retry.exception
            }  # fmt: skip
        limit = self.host.config.function_timeout
        return await asyncio.wait_for(self.host.pool.call(header, bytes(blob), self._taken), limit)

    def _taken(self, pid: int) -> None:
        again, self.worker_pid = self.worker_pid is not None, pid
        if again:
            record.attempted(self)
        if self.host.on_taken:
            self.host.on_taken(self)

    async def _finish(self, header: dict[str, Any], blob: bytes) -> Result:
        """Writes the outputs; a failing one fails the invocation."""
        values = {name: unpack(part, blob) for name, part in header["outputs"].items()}
        returned = unpack(header["returned"], blob) if header["returned"] else None
        for binding in self.function.outputs:
            value = returned if binding["name"] == RETURN else values.get(binding["name"])
            if value is None or value.type is None:
                continue
            try:
                await write_output(self, binding, value)
            except BindingFailed as error:
                return Result(self.id, Failure(error.kind, str(error)))
        name = self.function.answer_name
        answer = returned if name == RETURN else values.get(name or "")
        elsewhere = name is None or (answer is None and any(one["name"] == RETURN for one in self.function.outputs))
        return Result(self.id, answer=returned if elsewhere else answer, elsewhere=elsewhere)

    @property
    def _title(self) -> str:
        return f"Functions.{self.function.name}"

    def _began(self) -> None:
        log = self.host.log
        record.started(self, log.write(f"Executing '{self._title}' (Reason='{self.reason}', Id={self.id})", self))
        if self.details:
            log.tell(self.details, self)

    def _ended(self, result: Result, milliseconds: float) -> None:
        outcome, level = ("Succeeded", "INFO") if result.ok else ("Failed", "ERROR")
        words = f"Executed '{self._title}' ({outcome}, Id={self.id}, Duration={milliseconds:.0f}ms)"
        record.finished(self, result, milliseconds, self.host.log.write(words, self, level))
        if result.failure:
            self.host.log.tell(
                f"System.Private.CoreLib: Exception while executing function: {self._title}. "
                f"{result.failure}\n{result.failure.trace}".rstrip(),
                self,
                "ERROR",
            )


def _span(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
