"""The messages that this host has received and not settled: nobody else can see them until then."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from .queue_client import StoredMessage

MOST_CHARACTERS = 4_000


@dataclass(frozen=True)
class HeldMessage:
    """`running`: its function works on it; else it waits for its next try. Visible again at `until` (wall time)."""

    id: str
    queue: str
    endpoint: str
    function: str
    text: str
    dequeue_count: int
    running: bool
    until: float


class HeldMessages:
    """What the listeners of one host hold, by message id; `clock` is wall time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._held: dict[str, HeldMessage] = {}

    def hold(self, message: StoredMessage, queue: str, endpoint: str, function: str, seconds: float) -> None:
        """A function works on it, for at most so many seconds before it shows up again."""
        text, until = message.text[:MOST_CHARACTERS], self._clock() + seconds
        self._held[message.id] = HeldMessage(
            message.id, queue, endpoint, function, text, message.dequeue_count, True, until
        )

    def wait(self, message_id: str, seconds: float | None = None) -> None:
        """It failed, and is visible again in so many seconds, or when it would have been anyway."""
        if held := self._held.get(message_id):
            until = held.until if seconds is None else self._clock() + seconds
            self._held[message_id] = replace(held, running=False, until=until)

    def settle(self, message_id: str) -> None:
        """It is deleted, or visible."""
        self._held.pop(message_id, None)

    def to_json(self) -> list[dict[str, Any]]:
        """Those that are hidden still."""
        now = self._clock()
        self._held = {name: one for name, one in self._held.items() if one.until > now}
        return [asdict(one) for one in self._held.values()]
