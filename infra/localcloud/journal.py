"""The journal: what happened in a service, in order, bounded, for the portal and for checks to read."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

BATCH = 250
MOST_CHARACTERS = 16_000_000


class Entry(NamedTuple):
    """One thing that happened: `kind` such as `invocation.finished`, wall time in seconds, and its JSON-able facts."""

    number: int
    kind: str
    at: float
    facts: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"number": self.number, "kind": self.kind, "at": self.at, **self.facts}


class Journal:
    """Keeps the last `limit` entries, or fewer if their texts are long, and hands every new one to whoever follows."""

    def __init__(self, limit: int = 10_000, most_characters: int = MOST_CHARACTERS) -> None:
        self.entries: deque[Entry] = deque()
        self._limit = limit
        self._most_characters = most_characters
        self._characters = 0
        self._count = 0
        self._followers: set[asyncio.Queue[Entry]] = set()

    def add(self, kind: str, **facts: Any) -> Entry:
        """Records one entry; `facts` must be JSON-able. Call it on the service's event loop."""
        return self.put(kind, facts)

    def put(self, kind: str, facts: dict[str, Any]) -> Entry:
        """As `add`. It runs several times an invocation, so it is quick rather than short."""
        self._count += 1
        entry = Entry(self._count, kind, time.time(), facts)
        self.entries.append(entry)
        self._characters += characters_of(facts)
        while len(self.entries) > 1 and (len(self.entries) > self._limit or self._characters > self._most_characters):
            self._characters -= characters_of(self.entries.popleft().facts)
        for follower in self._followers:
            if follower.full():
                follower.get_nowait()
            follower.put_nowait(entry)
        return entry

    @property
    def last(self) -> int:
        """The number of the newest entry; 0 before the first."""
        return self._count

    def since(self, number: int) -> list[Entry]:
        """The kept entries with a number greater than `number`, oldest first."""
        return [entry for entry in self.entries if entry.number > number]

    async def follow(self, since: int = 0) -> AsyncIterator[Entry]:
        """Yields the kept entries after `since`, then each new one; a slow reader loses the oldest, never blocks us."""
        async for batch in self.batches(since):
            for entry in batch:
                yield entry

    async def batches(self, since: int = 0) -> AsyncIterator[list[Entry]]:
        """As `follow`, but as many at once as there are, up to BATCH."""
        queue: asyncio.Queue[Entry] = asyncio.Queue(maxsize=1_000)
        backlog = self.since(since)
        self._followers.add(queue)
        try:
            for first in range(0, len(backlog), BATCH):
                yield backlog[first : first + BATCH]
            while True:
                batch = [await queue.get()]
                while not queue.empty() and len(batch) < BATCH:
                    batch.append(queue.get_nowait())
                yield batch
        finally:
            self._followers.discard(queue)


def characters_of(facts: dict[str, Any]) -> int:
    """How much there is of the texts that have no bound of their own: those of people and apps."""
    text = facts.get("message")
    if text is None:
        return len(facts["typed"]["text"]) if "typed" in facts else 0
    return len(text) if type(text) is str else len(str(text))
