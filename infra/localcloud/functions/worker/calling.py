"""One call of a function: inputs converted, context given, outputs and return value converted back."""

import contextvars
import threading
from typing import Any

import azure.functions as func

from . import logs
from .converters import decode, encode
from .loading import Loaded
from .telling import frames_of, kind_of, message_of, trace_of
from .values import Value, pack, unpack


class Out(func.Out[Any]):
    """An output parameter: nothing until `set`."""

    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        self._value = val

    def get(self) -> Any:
        return self._value


class TraceContext(func._abc.TraceContext):
    """W3C trace context of the invocation; the capitalised names are the SDK's deprecated ones."""

    def __init__(self, parent: str, state: str) -> None:
        self._parent, self._state = parent, state

    @property
    def trace_parent(self) -> str:
        return self._parent

    @property
    def trace_state(self) -> str:
        return self._state

    @property
    def attributes(self) -> dict[str, str]:
        return {}

    Traceparent = trace_parent
    Tracestate = trace_state
    Attributes = attributes


class Failure(func._abc.RpcException):
    """The last attempt's failure; its message is empty when there was none."""

    def __init__(self, message: str) -> None:
        self._message = message

    @property
    def source(self) -> str:
        return ""

    @property
    def stack_trace(self) -> str:
        return ""

    @property
    def message(self) -> str:
        return self._message


class RetryContext(func._abc.RetryContext):
    """Which attempt this is. Without a retry policy it is attempt 0 of 0, as in the real worker."""

    def __init__(self, count: int, most: int, failure: str | None) -> None:
        self._count, self._most, self._failure = count, most, Failure(failure or "")

    @property
    def retry_count(self) -> int:
        return self._count

    @property
    def max_retry_count(self) -> int:
        return self._most

    @property
    def exception(self) -> Failure:
        return self._failure

    rpc_exception = exception


class Context(func.Context):
    """What a function gets as `context`."""

    def __init__(self, header: dict[str, Any], function: Loaded) -> None:
        retry = header.get("retry") or {}
        self._id = str(header["id"])
        self._function = function
        self._trace = TraceContext(header.get("trace") or "", "")
        self._retry = RetryContext(retry.get("count", 0), retry.get("max", 0), retry.get("failure"))

    @property
    def invocation_id(self) -> str:
        return self._id

    @property
    def thread_local_storage(self) -> Any:
        """Set `.invocation_id` on it in a thread of your own, and its logging belongs to that invocation."""
        return logs.of_thread

    @property
    def function_name(self) -> str:
        return self._function.name

    @property
    def function_directory(self) -> str:
        return self._function.directory

    @property
    def trace_context(self) -> TraceContext:
        return self._trace

    @property
    def retry_context(self) -> RetryContext:
        return self._retry


class Call:
    """One invocation in this worker."""

    def __init__(self, function: Loaded, header: dict[str, Any], blob: bytes) -> None:
        self.function = function
        self.id = str(header["id"])
        self._header = header
        self._blob = blob
        self._outs: dict[str, Out] = {}

    def run(self) -> tuple[dict[str, Any], bytes]:
        """Calls a synchronous function (in a thread of the pool); the answer for the host."""
        return contextvars.copy_context().run(self._run)

    def _run(self) -> tuple[dict[str, Any], bytes]:
        try:
            self._begin()
            return self._answer(self.function.call(**self._arguments()))
        except BaseException as error:
            return self.failed(error)

    async def run_async(self) -> tuple[dict[str, Any], bytes]:
        """Awaits an asynchronous function on the loop; the answer for the host."""
        try:
            self._begin()
            return self._answer(await self.function.call(**self._arguments()))
        except BaseException as error:
            return self.failed(error)

    def _begin(self) -> None:
        logs.invocation.set(self.id)
        logs.of_thread.invocation_id = self.id if not self.function.signature.is_async else None
        threading.current_thread().name = self.function.name

    def _arguments(self) -> dict[str, Any]:
        signature = self.function.signature
        metadata = {name: unpack(part, self._blob) for name, part in self._header.get("metadata", {}).items()}
        arguments = {
            name: decode(signature.inputs[name].binding, unpack(part, self._blob), metadata)
            for name, part in self._header["inputs"].items()
        }
        self._outs = {name: Out() for name in signature.outputs}
        arguments.update(self._outs)
        if signature.wants_context:
            arguments["context"] = Context(self._header, self.function)
        return arguments

    def _answer(self, result: Any) -> tuple[dict[str, Any], bytes]:
        signature = self.function.signature
        if result is not None and signature.returned is None:
            raise RuntimeError(f"function {self.function.name!r} without a $return binding returned a non-None value")
        outputs = {
            name: encode(bound.binding, self._outs[name].get(), bound.pytype)
            for name, bound in signature.outputs.items()
            if self._outs[name].get() is not None
        }
        returned: Value | None = None
        if signature.returned is not None:
            returned = encode(signature.returned.binding, result, signature.returned.pytype)
        blob = bytearray()
        packed = {name: pack(value, blob) for name, value in outputs.items()}
        back = pack(returned, blob) if returned is not None else None
        return {"t": "done", "id": self.id, "outputs": packed, "returned": back}, bytes(blob)

    def failed(self, error: BaseException) -> tuple[dict[str, Any], bytes]:
        """The answer that says why the call failed."""
        frames = frames_of(error)
        own = frames.tb_next if frames and frames.tb_next else frames  # without this module's own frame
        failure = {"type": kind_of(error), "message": message_of(error), "traceback": trace_of(error, own)}
        return {"t": "done", "id": self.id, "error": failure}, b""
