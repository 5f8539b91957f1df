"""What the host says: its own lines and those of the app, filtered by host.json's levels, kept and recorded."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from localcloud.journal import Journal

if TYPE_CHECKING:
    from .invocation import Invocation

KEPT_LINES = 2_000
ORDER = ("trace", "debug", "information", "warning", "error", "critical", "none")
NAMES = {"DEBUG": "debug", "INFO": "information", "WARNING": "warning", "ERROR": "error", "CRITICAL": "critical"}
DEFAULT = "information"

Sink = Callable[[str, str, "str | None"], None]


class HostLog:
    """`lines` are the last ones; `sink` gets every line with its level and trace id as it is written."""

    def __init__(self, journal: Journal) -> None:
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.sink: Sink = lambda _line, _level, _trace: None
        self.levels: Mapping[str, str] = {}
        self.running: dict[str, Invocation] = {}
        self._journal = journal

    def say(self, message: str, level: str = "INFO") -> None:
        """A line of the host's own."""
        if self._shown("Host", level):
            self._write(message, level, None)
            self._journal.add("host.log", level=level, message=message)

    def tell(self, message: str, invocation: "Invocation", level: str = "INFO") -> None:
        """A line of the host's about an invocation."""
        if self.write(message, invocation, level):
            self._record(message, level, invocation)

    def write(self, message: str, invocation: "Invocation", level: str = "INFO") -> str | None:
        """As `tell`, for a line that goes into the journal with another entry; None when the levels hide it."""
        if not self._shown(f"Function.{invocation.function.name}", level):
            return None
        self._write(message, level, invocation.trace_id)
        return message

    def hear(self, frame: dict[str, Any]) -> None:
        """A line that the app logged or printed, or that its worker wrote."""
        message, level = str(frame["message"]), str(frame["level"])
        invocation = self.running.get(str(frame.get("id")))
        name = invocation.function.name if invocation else ""
        category = "Worker" if frame.get("system") else f"Function.{name}.User"
        if not self._shown(category, level):
            return
        self._write(message, level, invocation.trace_id if invocation else None)
        if invocation:
            self._record(message, level, invocation)
        else:
            self._journal.add("host.log", level=level, message=message)

    def _shown(self, category: str, level: str) -> bool:
        wanted = level_of(category, self.levels)
        return ORDER.index(NAMES.get(level, DEFAULT)) >= ORDER.index(wanted)

    def _record(self, message: str, level: str, invocation: "Invocation") -> None:
        facts = {"id": invocation.id, "function": invocation.function.name, "trace": invocation.trace_id}
        self._journal.put("invocation.log", {**facts, "level": level, "message": message})

    def _write(self, message: str, level: str, trace: str | None) -> None:
        self.lines.append(message)
        self.sink(message, level, trace)


def level_of(category: str, levels: Mapping[str, str]) -> str:
    """The lowest level that `category` shows: of its longest named prefix, else `default`, else Information."""
    parts = category.split(".")
    given = {name.lower(): str(level).lower() for name, level in levels.items()}
    for length in range(len(parts), 0, -1):
        if (found := given.get(".".join(parts[:length]).lower())) in ORDER:
            return str(found)
    found = given.get("default", DEFAULT)
    return found if found in ORDER else DEFAULT
