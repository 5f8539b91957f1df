"""What is done beside requests: expired items are taken away, and a changed policy reaches the items that are there."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import orjson

from . import ttl, writing
from .account import Account
from .container import Container

SWEEP_SECONDS = 1.0
SWEPT_AT_ONCE = 200
REWRITTEN_AT_ONCE = 200


async def sweep(account: Account) -> int:
    """Deletes what has expired (readers do not see it already), and old versions; how many items had expired."""
    swept = 0
    for container in list(account.containers.values()):
        while container.alive and (numbers := container.expired(account.clock(), SWEPT_AT_ONCE)):
            committed = account.store.begin()
            for number in numbers:
                if stored := container.numbered(number):
                    writing.apply(container, writing.removal(account, container, stored, "expire"))
            await committed
            swept += len(numbers)
        await container.versions.forget(account.clock())
    return swept


async def keep_sweeping(account: Account, seconds: float = SWEEP_SECONDS) -> None:
    """Sweeps every so many seconds, until it is cancelled."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await sweep(account)
        except Exception as error:
            account.store.abort(error)
            logging.getLogger("cosmos").exception("sweeping")


async def reach_items(container: Container) -> None:
    """Gives every item its index entries and time of expiry by the container's present policy and `defaultTtl`.

    Queries must not trust the index while `container.indexed` is false. Goes on after a restart; one that begins ends
    those before it.
    """
    store = container.store
    container.reached = turn = container.reached + 1
    container.indexed = False
    committed = store.keep(container.mark, b"")
    store.execute(f"DELETE FROM terms_{container.number}")
    await committed
    last = 0
    while container.alive and container.reached == turn and (batch := container.following(last, REWRITTEN_AT_ONCE)):
        committed = store.begin()
        for stored in batch:
            document = orjson.loads(stored.body)
            stored.expires = ttl.expiry_of(container, document)
            container.update(stored)
            container.change_terms(stored, (), writing.terms_of(container, document))
        await committed
        last = batch[-1].doc
    if container.alive and container.reached == turn:
        committed = store.forget(container.mark)
        container.indexed = True
        await committed


async def resume(account: Account) -> None:
    """Ends what a restart interrupted."""
    for container in list(account.containers.values()):
        if not container.indexed:
            await reach_items(container)


@contextlib.asynccontextmanager
async def beside(account: Account) -> AsyncIterator[None]:
    """Sweeping and resuming, while the `async with` lasts."""
    tasks = [asyncio.create_task(resume(account)), asyncio.create_task(keep_sweeping(account))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
