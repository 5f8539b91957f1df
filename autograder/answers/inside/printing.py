"""What cells print, kept until somebody asks for it."""

import threading
from typing import Any

MOST_CHARACTERS = 50_000


class Printing:
    """The first so many characters that were printed since the last `take`."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._left = MOST_CHARACTERS
        self._lock = threading.RLock()

    def stream(self, streams: Any, name: str, descriptor: int) -> Any:
        """What stands for `sys.stdout` or `sys.stderr`; `streams` is the worker's module of that name."""
        found = streams.TextStream(name, descriptor)
        found.write, found.flush = self.write, lambda: None
        return found

    def write(self, text: str) -> int:
        with self._lock:
            if self._left > 0:
                self._parts.append(text[: self._left])
                self._left -= len(text)
        return len(text)

    def take(self) -> str:
        """What was printed since the last time."""
        with self._lock:
            text, self._parts, self._left = "".join(self._parts), [], MOST_CHARACTERS
        return text
