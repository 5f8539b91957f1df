"""What cells print, kept until somebody asks for it."""

import io
import threading

MOST_CHARACTERS = 50_000


class Printing(io.TextIOBase):
    """Stands for `sys.stdout` and `sys.stderr`: the first so many characters since the last `take`."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._left = MOST_CHARACTERS
        self._lock = threading.RLock()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def fileno(self) -> int:
        return 1

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._lock:
            if self._left > 0:
                self._parts.append(text[: self._left])
                self._left -= len(text)
        return len(text)

    def flush(self) -> None:
        """Nothing: it is kept here."""

    def take(self) -> str:
        """What was printed since the last time."""
        with self._lock:
            text, self._parts, self._left = "".join(self._parts), [], MOST_CHARACTERS
        return text
