"""The database file and its folder."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from localcloud.cosmos.store import FILE, Store, StoreError


def kept(folder: Path) -> Path:
    """A folder with a store in it, closed; its file."""
    Store(folder).close()
    return folder / FILE


@pytest.mark.covers("Service: a data folder in use is told")
def test_a_folder_is_one_emulators(tmp_path: Path) -> None:
    first = Store(tmp_path)
    with pytest.raises(StoreError, match="in use by another emulator"):
        Store(tmp_path)
    first.close()
    Store(tmp_path).close()


@pytest.mark.parametrize("place", [0, 4096])
def test_a_damaged_file_is_kept_aside(tmp_path: Path, place: int) -> None:
    file = kept(tmp_path)
    good = file.read_bytes()
    bad = good[:place] + b"\xa5" * 3000 + good[place + 3000 :]
    for number in (1, 2):
        file.write_bytes(bad)
        with pytest.raises(StoreError, match="is damaged"):
            Store(tmp_path)
        assert (tmp_path / f"{FILE}.damaged-{number}").read_bytes() == bad
    Store(tmp_path).close()


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    file = kept(tmp_path)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(StoreError, match="another version"):
        Store(tmp_path)
    assert file.exists()


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path / "file" / "data")


async def test_the_writes_of_one_tick_are_one_transaction(tmp_path: Path) -> None:
    store = Store(tmp_path)
    statements: list[str] = []
    store.connection.set_trace_callback(statements.append)
    await asyncio.gather(store.keep("a", b"1"), store.keep("b", b"2"))
    assert [one.split()[0] for one in statements] == ["BEGIN", "INSERT", "INSERT", "COMMIT"]
    assert store.state("a") == b"1"
    await store.forget("a")
    assert store.state("a") is None
    store.close()


async def test_a_failed_write_takes_its_tick_with_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    future = store.keep("a", b"1")
    store.abort(sqlite3.OperationalError("disk full"))
    with pytest.raises(sqlite3.OperationalError):
        await future
    assert store.state("a") is None
    await store.keep("a", b"2")
    assert store.state("a") == b"2"
    store.close()


async def test_a_part_of_a_transaction_is_undone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    done = store.keep("a", b"1")
    with pytest.raises(ValueError, match="x"), store.savepoint():
        store.keep("b", b"1")
        raise ValueError("x")
    await done
    assert store.state("a") == b"1" and store.state("b") is None
    store.close()
