"""The driver: writes documents through the azure-cosmos SDK, at their times, and sees every answer.

The SDK hides a 429: it waits and tries again by itself. Here that is switched off, and the driver waits and tries
again, so that each refusal is counted. Given a `TurnedClock`, the driver turns the clock of an emulator instead of
waiting: the same load then gets the same answers on any machine.
"""

import asyncio
import heapq
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import AzureError
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from localcloud.messages import _
from localcloud.workarounds.cosmos_retries import policy_without_retries

PARTITIONS_HEADER = "x-camp-physical-partitions"
TRIES = 2
REFUSED, STORED = 429, 201
AFTER_THE_WAIT = 0.002  # seconds beyond what a refusal asks for
AT_ONCE = 128  # writes in flight, where time is real
Document = dict[str, Any]
Progress = Callable[["Attempt"], None]


class LoadFailed(RuntimeError):
    """A write was refused for another reason than throughput; the text says which and what to do."""


@dataclass(frozen=True)
class Attempt:
    """One write that was answered."""

    number: int  # of the document in the load
    attempt: int  # 1 for the first
    at: float  # when it was sent, on the clock that dates the requests
    status: int  # 201 or 429
    charge: float  # RU
    seconds: float  # until it was answered, in real time


class TurnedClock:
    """A clock that stands still until it is turned: `Emulator(clock=TurnedClock(...))`."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def client(url: str, key: str) -> CosmosClient:
    """A client that shows every 429."""
    return CosmosClient(url, key, connection_policy=policy_without_retries())


async def made(
    database: DatabaseProxy,
    name: str,
    paths: Sequence[str],
    *,
    throughput: int,
    partitions: int | None = None,
    indexing_policy: dict[str, Any] | None = None,
) -> ContainerProxy:
    """A new container; of the camp's emulator, with so many physical partitions. LoadFailed when it is refused."""
    key = PartitionKey(paths[0]) if len(paths) == 1 else PartitionKey(list(paths), kind="MultiHash")
    further: dict[str, Any] = {"indexing_policy": indexing_policy} if indexing_policy else {}
    if partitions:
        further["headers"] = {PARTITIONS_HEADER: str(partitions)}
    try:
        container: ContainerProxy = await database.create_container(name, key, offer_throughput=throughput, **further)
        return container
    except (CosmosHttpResponseError, ValueError) as error:
        raise LoadFailed(_("The container is refused: {why}").format(why=_short(error))) from error


async def drive(
    container: ContainerProxy,
    documents: Sequence[Document],
    times: Sequence[float],
    *,
    clock: TurnedClock | None = None,
    tries: int = TRIES,
    progress: Progress | None = None,
) -> list[Attempt]:
    """Writes each document at its time, again after a refusal, and gives up on it after `tries`. Times are of `clock`,
    else of the wall clock, where those gone by are at once. LoadFailed for a document that is no document."""
    writer = _Writer(container, documents, progress)
    if clock:
        await _turned(writer, times, clock, tries)
    else:
        await _paced(writer, times, tries)
    return writer.attempts


async def drive_flat_out(
    container: ContainerProxy, documents: Sequence[Document], *, at_once: int, progress: Progress | None = None
) -> list[Attempt]:
    """Writes all documents as fast as `at_once` writers can."""
    writer = _Writer(container, documents, progress)
    numbers = iter(range(len(documents)))

    async def write() -> None:
        for number in numbers:
            await writer.write(number, 1, time.time())

    await asyncio.gather(*(write() for _number in range(at_once)))
    return writer.attempts


class _Writer:
    """Sends one document at a time, and keeps what was answered."""

    def __init__(self, container: ContainerProxy, documents: Sequence[Document], progress: Progress | None) -> None:
        self.attempts: list[Attempt] = []
        self._container = container
        self._documents = documents
        self._progress = progress

    async def write(self, number: int, attempt: int, at: float) -> float | None:
        """Seconds to wait when it is refused for throughput, None when it is stored."""
        headers: dict[str, Any] = {}
        wait: float | None = None
        status = STORED
        started = time.perf_counter()
        try:
            await self._container.create_item(
                self._documents[number], response_hook=lambda found, _body: headers.update(found)
            )
        except CosmosHttpResponseError as error:
            if error.status_code != REFUSED:
                raise LoadFailed(_refused(self._documents[number], error)) from error
            headers, status = dict(error.headers or {}), REFUSED
            wait = float(headers.get("x-ms-retry-after-ms", 500)) / 1000 + AFTER_THE_WAIT
        except (AzureError, ValueError, TypeError) as error:
            raise LoadFailed(_refused(self._documents[number], error)) from error
        taken = time.perf_counter() - started
        charge = float(headers.get("x-ms-request-charge", 0))
        self.attempts.append(Attempt(number, attempt, at, status, charge, taken))
        if self._progress:
            self._progress(self.attempts[-1])
        return wait


async def _turned(writer: _Writer, times: Sequence[float], clock: TurnedClock, tries: int) -> None:
    """One after another, in the order of their times: nothing is left to the machine."""
    events = [(at, number, 1) for number, at in enumerate(times)]
    heapq.heapify(events)
    while events:
        at, number, attempt = heapq.heappop(events)
        clock.now = max(clock.now, at)
        wait = await writer.write(number, attempt, at)
        if wait is not None and attempt < tries:
            heapq.heappush(events, (at + wait, number, attempt + 1))


async def _paced(writer: _Writer, times: Sequence[float], tries: int) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def write(number: int, at: float) -> None:
        await asyncio.sleep(max(0.0, at - time.time()))
        for attempt in range(1, tries + 1):
            async with gate:
                wait = await writer.write(number, attempt, time.time())
            if wait is None or attempt == tries:
                return
            await asyncio.sleep(wait)

    tasks = [asyncio.create_task(write(number, at)) for number, at in enumerate(times)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _refused(document: Document, error: Exception) -> str:
    status = getattr(error, "status_code", None)
    if status == 409:
        return _("Two documents have the id {id} under the same key, or the load was written before.").format(
            id=document.get("id")
        )
    if status == 413:
        return _("The document {id} is larger than 2 MB, the most that Cosmos DB stores.").format(id=document.get("id"))
    return _("The document {id} is refused: {why}").format(id=document.get("id"), why=_short(error))


def _short(error: Exception) -> str:
    text = str(getattr(error, "message", None) or error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
