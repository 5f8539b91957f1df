"""The rush: eight seconds of a town on a container with twenty small partitions, in real time or on a turned clock.

Twenty physical partitions share 4,000 RU/s, 200 each, as in a container that once had 200,000 RU/s: partitions never
merge.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from localcloud.cosmos.emulator import EMULATOR_KEY, Emulator
from localcloud.messages import _

from .driver import Document, LoadFailed, Progress, TurnedClock, client, drive, drive_flat_out, made
from .report import Report, report_of
from .town import Message

START: float = 1_789_963_200.0 + 6 * 3600  # 06:00 UTC of a day in 2026: when the town begins to talk
DATABASE = "load"
SERVICE = "cosmos"  # of the open camp: it has the account that loads are seen on in the portal


@dataclass(frozen=True)
class Scale:
    """How large a load is, and what it is written on."""

    messages: int = 368
    seconds: float = 8.0
    partitions: int = 20
    throughput: int = 4_000  # RU/s of the container


RUSH = Scale()


@dataclass(frozen=True)
class Account:
    """An account of the camp's emulator, in this process or in another."""

    url: str
    key: str = EMULATOR_KEY
    emulator: Emulator | None = None
    clock: TurnedClock | None = field(default=None, repr=False)  # None: the account lives in real time

    async def consumption(self, container: str, since: float = 0.0) -> dict[str, Any]:
        """What the requests on a container of `DATABASE` used."""
        if self.emulator:
            return await self.emulator.consumption(DATABASE, container, since)
        query = urlencode({"database": DATABASE, "container": container, "since": since})
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/_camp/consumption?{query}") as answer:
            if answer.status != 200:
                raise LoadFailed(
                    _("{url} tells nothing of consumption: it is no emulator of the camp.").format(url=self.url)
                )
            found: dict[str, Any] = await answer.json()
            return found


@contextlib.asynccontextmanager
async def private_account(*, turned: bool = False) -> AsyncIterator[Account]:
    """An account of its own in memory; `turned`: on a clock that the driver turns."""
    clock = TurnedClock(START) if turned else None
    emulator = Emulator(None, clock=clock or time.time, management=False)
    await emulator.start()
    try:
        yield Account(emulator.url, emulator.key, emulator, clock)
    finally:
        await emulator.stop()


def account_at(url: str | None) -> AbstractAsyncContextManager[Account]:
    """The account at this address; without one, an account in memory."""
    return contextlib.nullcontext(Account(url)) if url else private_account()


async def rush(
    account: Account,
    name: str,
    paths: Sequence[str],
    messages: Sequence[Message],
    documents: Sequence[Document],
    *,
    scale: Scale = RUSH,
    indexing_policy: dict[str, Any] | None = None,
    progress: Progress | None = None,
    flat_out: int | None = None,
) -> Report:
    """Writes the documents of the messages into a new container `name`, each when its message is said; or, with
    `flat_out`, as fast as so many writers can. LoadFailed when they cannot be written."""
    async with client(account.url, account.key) as sdk:
        database = await sdk.create_database_if_not_exists(DATABASE)
        with contextlib.suppress(CosmosResourceNotFoundError):
            await database.delete_container(name)
        container = await made(
            database, name, paths,
            throughput=scale.throughput, partitions=scale.partitions, indexing_policy=indexing_policy,
        )  # fmt: skip
        start = await _next_second(account.clock)
        if flat_out:
            attempts = await drive_flat_out(container, documents, at_once=flat_out, progress=progress)
        else:
            attempts = await drive(container, documents, times(messages, start), clock=account.clock, progress=progress)
    return report_of(attempts, await account.consumption(name, start), start)


def times(messages: Sequence[Message], start: float) -> list[float]:
    """When each is said, if the first second of the messages is `start`."""
    first = float(int(float(messages[0]["ts"]))) if messages else 0.0
    return [start + float(one["ts"]) - first for one in messages]


async def _next_second(clock: TurnedClock | None) -> float:
    """Budgets begin again with each second of the clock, and so does the load."""
    if clock:
        clock.now = float(int(clock.now) + 20)  # debts are paid by then
        return clock.now
    await asyncio.sleep(1 - time.time() % 1)
    return float(int(time.time()))
