"""What a function prints and logs: sent on line by line, and only so much of it for one invocation."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

LONGEST_LINE = 8_000
MOST_CHARACTERS = 64_000
COST_OF_A_LINE = 64  # in characters, so that there are at most a thousand lines
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

Send = Callable[[dict[str, Any]], None]


class Budget:
    """How much of the output of one invocation is kept, and how much was dropped."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self.dropped = 0
        self._left = most

    def take(self, text: str) -> str:
        """The part of the text that is kept."""
        kept = text[: max(0, min(self._left, LONGEST_LINE))]
        self._left -= len(kept) + COST_OF_A_LINE
        self.dropped += len(text) - len(kept)
        return kept


class Log:
    """Sends lines with the id of the invocation that runs."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._request: str | None = None
        self._budget = Budget()

    @property
    def request_id(self) -> str | None:
        return self._request

    def begin(self, request_id: str | None) -> None:
        """From now on lines belong to this invocation."""
        self._request, self._budget = request_id, Budget()

    def end(self) -> None:
        """Says how much was dropped."""
        if self._budget.dropped:
            self._line("WARNING", f"({self._budget.dropped} more characters of output were not kept)")

    def line(self, level: str, text: str) -> None:
        if kept := self._budget.take(text):
            self._line(level, kept)

    def _line(self, level: str, text: str) -> None:
        self._send({"t": "log", "id": self._request, "level": level, "message": text, "system": False})


class Lines:
    """Puts text together to lines, and sends each once it is whole."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._line = ""
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._line = (self._line + text).split("\n")
            if len(self._line) > LONGEST_LINE:
                lines, self._line = [*lines, self._line], ""
            for line in lines:
                self._log.line("INFO", line)
        return len(text)

    def finish(self) -> None:
        """Sends a line that was not ended."""
        if self._line:
            self.write("\n")


def printed(lines: Lines, streams: Any, name: str, descriptor: int) -> Any:
    """What stands for `sys.stdout` or `sys.stderr`; `streams` is the Functions worker's module of that name."""
    stream = streams.TextStream(name, descriptor)
    stream.write, stream.flush = lines.write, lambda: None
    return stream


class LambdaHandler(logging.Handler):
    """Sends log records in the format of AWS's runtime."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log
        formatter = logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t%(request_id)s\t%(message)s")
        formatter.datefmt, formatter.converter = "%Y-%m-%dT%H:%M:%S", time.gmtime
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            vars(record)["request_id"] = self._log.request_id or ""
            level = record.levelname if record.levelname in LEVELS else "INFO"
            self._log.line(level, self.format(record))
        except Exception:
            self.handleError(record)
