"""Log sequence numbers: whatever happens, no change gets one that was given before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from localcloud.cosmos import writing
from localcloud.cosmos.container import RESERVED, Container
from localcloud.cosmos.emulator import Emulator


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Emulator]:
    emulator = Emulator(folder)
    await emulator.start()
    try:
        yield emulator
    finally:
        await emulator.stop()


async def made(emulator: Emulator) -> Container:
    return await emulator.create_container("camp", "c", "/pk")


async def write(emulator: Emulator, container: Container, item: str) -> int:
    """Upserts an item; its LSN."""
    committed = emulator.account.store.begin()
    lsn = apply(emulator, container, item)
    await committed
    return lsn


def apply(emulator: Emulator, container: Container, item: str) -> int:
    document = {"id": item, "pk": "a"}
    writing.apply(container, writing.put(emulator.account, container, ("a",), document, "upsert", writing.Wanted()))
    return container.lsn


async def test_after_a_restart(tmp_path: Path) -> None:
    async with started(tmp_path) as emulator:
        container = await made(emulator)
        given = [await write(emulator, container, str(number)) for number in range(RESERVED + 5)]
    assert given == sorted(set(given))
    async with started(tmp_path) as emulator:
        assert await write(emulator, emulator.container("camp", "c"), "later") > given[-1]


@pytest.mark.parametrize("ordered", [False, True])
async def test_of_a_folder_in_which_none_was_written_down(tmp_path: Path, ordered: bool) -> None:
    async with started(tmp_path) as emulator:
        container = await made(emulator)
        given = await write(emulator, container, "1")
        if ordered:
            await container.in_order()
            emulator.account.store.execute("UPDATE counters SET lsn=0")
    async with started(tmp_path) as emulator:
        assert await write(emulator, emulator.container("camp", "c"), "2") > given


async def test_after_a_write_that_was_undone(tmp_path: Path) -> None:
    async with started(tmp_path) as emulator:
        container = await made(emulator)
        store = emulator.account.store
        committed = store.begin()
        apply(emulator, container, "undone")
        store.abort(RuntimeError("a failure of ours"))
        with pytest.raises(RuntimeError):
            await committed
        kept = [await write(emulator, container, str(number)) for number in range(3)]
    async with started(tmp_path) as emulator:
        assert await write(emulator, emulator.container("camp", "c"), "later") > max(kept)


async def test_after_a_batch_that_failed_first(tmp_path: Path) -> None:
    async with started(tmp_path) as emulator:
        container = await made(emulator)
        store = emulator.account.store
        committed = store.begin()
        with store.savepoint() as savepoint:
            apply(emulator, container, "undone")
            savepoint.undo()
        await committed
        kept = await write(emulator, container, "1")
    async with started(tmp_path) as emulator:
        assert await write(emulator, emulator.container("camp", "c"), "later") > kept
