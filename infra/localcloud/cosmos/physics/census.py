"""How many documents a container holds, and how many bytes, in each of its physical partitions."""

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..container import Container

BATCH_ROWS = 5_000  # a few milliseconds of the loop
REST = 20.0  # a count that took a second is good for twenty


class Census:
    """The last count of one container; it is taken again when something was written, and not all the time."""

    def __init__(self) -> None:
        self._lsn: int | None = None
        self._partitions: tuple[str, ...] = ()
        self._good_until = 0.0
        self._counted: dict[str, tuple[int, int]] = {}

    async def of(self, container: "Container") -> dict[str, tuple[int, int]]:
        """Documents and bytes by partition id."""
        partitions = tuple(one.id for one in container.partitions)
        current = container.lsn == self._lsn or time.monotonic() < self._good_until
        if partitions != self._partitions or not current:
            started = time.monotonic()
            self._lsn, self._partitions = container.lsn, partitions
            self._counted = await _count(container)
            now = time.monotonic()
            self._good_until = now + REST * (now - started)
        return self._counted


async def _count(container: "Container") -> dict[str, tuple[int, int]]:
    """Counts in batches of rows, so that other requests are answered in between."""
    partitions, n = list(container.partitions), container.number
    starts = [one.low for one in partitions[1:]]
    place = " + ".join(["0", *("(epk >= ?)" for _start in starts)])
    counted = [[0, 0] for _partition in partitions]
    sql = f"SELECT {place}, count(*), sum(length(body)) FROM docs_{n} WHERE doc > ? AND doc <= ? GROUP BY 1"
    for first in range(0, container.last_doc, BATCH_ROWS):
        for number, documents, size in container.store.rows(sql, (*starts, first, first + BATCH_ROWS)):
            counted[number][0] += documents
            counted[number][1] += size
        await asyncio.sleep(0)
    return {one.id: (documents, size) for one, (documents, size) in zip(partitions, counted, strict=True)}
