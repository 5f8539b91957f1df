"""Builds the index of a container anew after its policy has changed, a few documents at a time.

Meanwhile every write keeps its own terms by the new policy, and queries do without the index (`container.indexed`).
How far it came is kept in the transaction that did it, so that a restart goes on from there.
"""

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from ..container import Container

BATCH = 100


class Indexer:
    """The rebuilds that are under way, by the number of the container."""

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def begin(self, container: "Container") -> None:
        """Empties the index and starts to build it. In the open transaction."""
        self.forget(container)
        container.clear_terms()
        container.store.keep(_state(container), b"0")
        self._start(container)

    def resume(self, container: "Container") -> None:
        """Goes on with what a stop has interrupted, if anything."""
        if container.store.state(_state(container)) is not None:
            self._start(container)

    def forget(self, container: "Container") -> None:
        """Ends the building of a container's index. In the open transaction."""
        task = self._tasks.pop(container.number, None)
        if task is not None:
            task.cancel()
            container.store.forget(_state(container))

    async def stop(self) -> None:
        """Ends all, to be resumed at the next start."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, container: "Container") -> None:
        container.indexed = False
        self._tasks[container.number] = asyncio.get_running_loop().create_task(self._build(container))

    async def _build(self, container: "Container") -> None:
        done = int(container.store.state(_state(container)) or b"0")
        while True:
            committed = container.store.begin()
            documents = container.after(done, BATCH)
            if not documents:
                break
            for stored in documents:
                container.change_terms(stored, (), container.index.terms(orjson.loads(stored.body)))
            done = documents[-1].doc
            container.store.keep(_state(container), b"%d" % done)
            try:
                await committed
            except sqlite3.Error:  # undone, with the note of how far it came
                done = int(container.store.state(_state(container)) or b"0")
            await asyncio.sleep(0)
        container.store.forget(_state(container))
        await committed
        container.indexed = True
        self._tasks.pop(container.number, None)


def _state(container: "Container") -> str:
    return f"index-{container.number}"
