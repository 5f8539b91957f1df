"""What the app logs and prints, sent to the host with the invocation that it belongs to."""

import contextvars
import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from .streams import TextStream

LONGEST = 32_000
SYSTEM = ("azure_functions_worker", "azure.functions")

Send = Callable[[dict[str, Any]], None]
invocation: contextvars.ContextVar[str | None] = contextvars.ContextVar("invocation", default=None)
of_thread = threading.local()


def current_invocation() -> str | None:
    """The invocation this code runs for: by its context, or by the id that a learner's own thread was given."""
    return invocation.get() or getattr(of_thread, "invocation_id", None)


class HostHandler(logging.Handler):
    """Sends log records to the host."""

    def __init__(self, send: Send) -> None:
        super().__init__()
        self._send = send
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._send(
                {
                    "t": "log",
                    "id": current_invocation(),
                    "level": str(record.levelname),
                    "message": self.format(record)[:LONGEST],
                    "system": record.name.startswith(SYSTEM),
                }
            )
        except Exception:
            self.handleError(record)


class Printed(TextStream):
    """Stands for `sys.stdout` or `sys.stderr`: each line becomes a log line of the invocation that wrote it."""

    def __init__(self, send: Send, level: str, name: str, descriptor: int) -> None:
        super().__init__(name, descriptor)
        self._send = send
        self._level = level
        self._line = ""
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._line = (self._line + text).split("\n")
            if len(self._line) > LONGEST:
                lines, self._line = [*lines, self._line], ""
            for line in lines:
                self._tell(line)
        return len(text)

    def flush(self) -> None:
        """Nothing: a line is sent when it is whole."""

    def _tell(self, line: str) -> None:
        if line:
            self._send(
                {
                    "t": "log",
                    "id": current_invocation(),
                    "level": self._level,
                    "message": line[:LONGEST],
                    "system": False,
                }
            )


def set_up(send: Send) -> None:
    """Sends logging and printing to the host; the root logger is at INFO, as in the real worker."""
    root = logging.getLogger()
    root.handlers[:] = [HostHandler(send)]
    root.setLevel(logging.DEBUG if os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING") == "1" else logging.INFO)
    sys.stdout = Printed(send, "INFO", "<stdout>", 1)
    sys.stderr = Printed(send, "ERROR", "<stderr>", 2)
