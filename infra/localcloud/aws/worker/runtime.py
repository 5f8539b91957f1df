"""The runtime of a Lambda function: it imports the handler's module once, and calls the handler for every event.

It serves one request at a time on its main thread, as AWS's runtime does. Whatever it says may be a lie: the process is
the learner's.
"""

import decimal
import importlib
import json
import logging
import os
import select
import socket
import sys
import threading
import time
import traceback
from types import ModuleType
from typing import Any

from .printing import LambdaHandler, Lines, Log, printed

READ_BYTES = 256 * 1024
MOST_ANSWER = 6 * 1024 * 1024
LONGEST_MESSAGE = 4_000
GONE = 0

Header = dict[str, Any]


class RuntimeFault(Exception):
    """What AWS's runtime itself calls an error; `kind` is AWS's name for it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class LambdaContext:
    """The `context` of a handler (https://docs.aws.amazon.com/lambda/latest/dg/python-context.html).

    `memory_limit_in_mb` is a text, as in AWS's own runtime.
    """

    def __init__(self, request_id: str, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self.aws_request_id = request_id
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        region, account = os.environ["AWS_REGION"], os.environ["CAMP_AWS_ACCOUNT"]
        self.invoked_function_arn = f"arn:aws:lambda:{region}:{account}:function:{self.function_name}"
        self.identity = None
        self.client_context = None

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def __repr__(self) -> str:
        return f"LambdaContext(aws_request_id={self.aws_request_id!r}, function_name={self.function_name!r})"


class Runtime:
    """One process of one function."""

    def __init__(self, descriptor: int, frames: Any) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._sending = threading.Lock()
        self._frames = frames
        self._reader = frames.FrameReader()
        self._log = Log(self._send)
        self._printed = (Lines(self._log), Lines(self._log))
        self._module: ModuleType | None = None
        self._handler: Any = None

    def run(self) -> None:
        """Serves until the other side is gone."""
        sys.path.insert(0, os.getcwd())
        threading.Thread(target=self._end_with_the_other_side, daemon=True).start()
        streams = importlib.import_module(f"{self._frames.__package__}.streams")
        sys.stdout = printed(self._printed[0], streams, "<stdout>", 1)
        sys.stderr = printed(self._printed[1], streams, "<stderr>", 2)
        logging.getLogger().handlers[:] = [LambdaHandler(self._log)]
        self._send({"t": "ready", "pid": os.getpid()})
        while data := self._socket.recv(READ_BYTES):
            for header, blob in self._reader.feed(data):
                self._answer(header, blob)
        os._exit(GONE)

    def _send(self, header: Header, blob: bytes = b"") -> None:
        data = self._frames.frame(header, blob)
        with self._sending:
            self._socket.sendall(data)

    def _end_with_the_other_side(self) -> None:
        watched = select.poll()
        watched.register(self._socket, 0)
        watched.poll()
        os._exit(GONE)

    def _answer(self, header: Header, blob: bytes) -> None:
        self._log.begin(header["id"])
        answer, error = b"", None
        try:
            answer = self._answered(header, blob)
        except SystemExit as leaving:
            self._end_of_output()
            os._exit(leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None))
        except BaseException as raised:
            error = told(raised)
        self._end_of_output()
        returned = {"outputs": {}, "returned": {"type": "bytes", "at": [0, len(answer)]}}
        self._send({"t": "done", "id": header["id"], **({"error": error} if error else returned)}, answer)

    def _end_of_output(self) -> None:
        for one in self._printed:
            one.finish()
        self._log.end()

    def _answered(self, header: Header, blob: bytes) -> bytes:
        match header["do"]:
            case "init":
                self._module = imported(header["module"])
                self._handler = found(self._module, header["handler"])
                return b"{}"
            case "invoke":
                context = LambdaContext(header["id"], header["seconds"])
                return encoded(self._handler(json.loads(blob), context))
            case _:
                assert self._module
                function = found(self._module, header["name"])
                return encoded(function(*map(argument, json.loads(blob))))


def imported(name: str) -> ModuleType:
    """The handler's module; RuntimeFault with AWS's words when it cannot be imported."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise RuntimeFault("Runtime.ImportModuleError", f"Unable to import module '{name}': {error}") from error
    except SyntaxError as error:
        text = f"Syntax error in module '{name}': {error}"
        raise RuntimeFault("Runtime.UserCodeSyntaxError", text) from error


def found(module: ModuleType, name: str) -> Any:
    """The function of this name; RuntimeFault."""
    function = getattr(module, name, None)
    if not callable(function):
        raise RuntimeFault("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module.__name__}'")
    return function


def argument(given: dict[str, Any]) -> Any:
    """An argument of a call: a value, or an unmodified boto3 client of the service that is named."""
    if "client" in given:
        return importlib.import_module("boto3").client(given["client"])
    return given["value"]


def encoded(value: Any) -> bytes:
    """The JSON of what a function returned; RuntimeFault when it has none, or too much."""
    try:
        answer = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_decimal).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise RuntimeFault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    if len(answer) > MOST_ANSWER:
        text = f"Response payload size exceeded maximum allowed payload size ({MOST_ANSWER} bytes)."
        raise RuntimeFault("Function.ResponseSizeTooLarge", text)
    return answer


def _decimal(value: Any) -> float:
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def told(error: BaseException) -> dict[str, str]:
    """Type, message and traceback, as AWS's runtime reports them."""
    kind = error.kind if isinstance(error, RuntimeFault) else type(error).__name__
    try:
        message = str(error)[:LONGEST_MESSAGE]
    except BaseException:  # whatever the error's own code raises
        message = ""
    cause = error.__cause__ if isinstance(error, RuntimeFault) else error
    frames = traceback.extract_tb(cause.__traceback__) if cause else []
    own = [frame for frame in frames if not _is_ours(frame.filename)]
    return {"type": kind, "message": message, "traceback": "".join(traceback.format_list(own))[-8_000:]}


def _is_ours(filename: str) -> bool:
    return filename == __file__ or filename.startswith("<frozen importlib")


def main(descriptor: int, frames: Any) -> None:
    """Serves on the socket with this descriptor; `frames` is the Functions worker's module of that name."""
    Runtime(descriptor, frames).run()
