"""The account's SQLite database: one connection, one transaction for all writes of one tick of the loop.

WAL with `synchronous=NORMAL`: a commit is in the operating system's hands before its request is answered, so that a
killed process loses nothing that it acknowledged. `container.Documents` knows the tables of one container.
"""

import asyncio
import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from localcloud.messages import _

FILE, LOCK = "cosmos.sqlite3", "cosmos.lock"
FORMAT = 1
CHECKED_BYTES = 32 * 1024 * 1024  # a whole check of more would delay the start
PRAGMAS = (
    "PRAGMA locking_mode=EXCLUSIVE",  # the folder is ours alone; a transaction needs no lock of its own then
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16384",
    "PRAGMA wal_autocheckpoint=2000",
)
SCHEMA = """
CREATE TABLE IF NOT EXISTS resources(
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, parent INTEGER NOT NULL, id TEXT NOT NULL,
    body BLOB NOT NULL, UNIQUE(kind, parent, id));
CREATE TABLE IF NOT EXISTS counters(container INTEGER PRIMARY KEY, lsn INTEGER NOT NULL, doc INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS state(name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""


class StoreError(Exception):
    """A data folder that cannot be used; says why and what to do."""


class Store:
    """The database in folder `path`, or in memory for None. Raises StoreError when the folder cannot be used."""

    def __init__(self, path: Path | None) -> None:
        self._lock: int | None = None
        self._commit: asyncio.Future[None] | None = None
        self._writes = 0  # in this tick of the loop
        self._gathering = False  # there were several in the last
        self.rollbacks = 0  # how many times writes were undone
        if path is not None:
            try:
                path.mkdir(parents=True, exist_ok=True)
                self._lock = _locked(path / LOCK)
            except OSError as error:
                raise StoreError(_("The data folder {folder} cannot be used: {why}.").format(
                    folder=path, why=error.strerror)) from error  # fmt: skip
        try:
            self.connection = _opened(None if path is None else path / FILE)
        except BaseException:
            self._release()
            raise
        self.execute = self.connection.execute

    def close(self) -> None:
        """Commits what is open and lets go of the folder."""
        self._commit_now()
        self.connection.close()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def begin(self) -> asyncio.Future[None]:
        """Opens this tick's transaction, if it is not open; the future is done when it is committed.

        Every write calls it first, and answers only after awaiting the future.
        """
        if self._commit is None:
            loop = asyncio.get_running_loop()
            self._commit = loop.create_future()
            self.execute("BEGIN IMMEDIATE")
            loop.call_soon(self._commit_now)
        return self._commit

    def settle(self) -> bool:
        """Commits at once after a lone write, for a client that waits for it; false when several come in one tick of
        the loop, which are then committed together."""
        self._writes += 1
        if self._writes == 1:
            asyncio.get_running_loop().call_soon(self._next_tick)
        if self._gathering:
            return False
        future = self._commit
        self._commit_now()
        return future is None or future.exception() is None

    def _next_tick(self) -> None:
        self._gathering = self._writes > 1
        self._writes = 0

    def _commit_now(self) -> None:
        future, self._commit = self._commit, None
        if future is None:
            return
        try:
            if self.connection.in_transaction:
                self.execute("COMMIT")
        except sqlite3.Error as error:
            logging.getLogger("cosmos").error("%s", error)
            if self.connection.in_transaction:
                self._roll_back()
            if not future.done():
                future.set_exception(error)
                future.exception()  # a writer that is gone need not look at it
        else:
            if not future.done():
                future.set_result(None)

    def abort(self, error: BaseException) -> None:
        """After a failure in the midst of a write: nothing of this tick's transaction stays, and its writers fail."""
        future, self._commit = self._commit, None
        if self.connection.in_transaction:
            self._roll_back()
        if future is not None and not future.done():
            future.set_exception(error)
            future.exception()

    def _roll_back(self) -> None:
        self.rollbacks += 1
        self.execute("ROLLBACK")

    def savepoint(self) -> "Savepoint":
        """A part of the open transaction that can be undone; an exception undoes it."""
        return Savepoint(self)

    def rows(self, sql: str, parameters: Iterable[Any] = ()) -> list[Any]:
        """All rows of a short query."""
        return self.execute(sql, tuple(parameters)).fetchall()

    def state(self, name: str) -> bytes | None:
        """What was kept under a name, for the parts that have a little to remember."""
        row = self.execute("SELECT value FROM state WHERE name=?", (name,)).fetchone()
        return row[0] if row else None

    def keep(self, name: str, value: bytes) -> asyncio.Future[None]:
        """Keeps `value` under `name`; see `begin` for the future."""
        future = self.begin()
        self.execute("INSERT OR REPLACE INTO state VALUES(?,?)", (name, value))
        return future

    def forget(self, name: str) -> asyncio.Future[None]:
        """Forgets what was kept under `name`."""
        future = self.begin()
        self.execute("DELETE FROM state WHERE name=?", (name,))
        return future


class Savepoint:
    """What happens inside `with` is one, and can be undone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __enter__(self) -> "Savepoint":
        self._store.execute("SAVEPOINT part")
        return self

    def undo(self) -> None:
        """As if nothing had been written since `with` began."""
        self._store.rollbacks += 1
        self._store.execute("ROLLBACK TO part")

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        if kind is not None:
            self.undo()
        self._store.execute("RELEASE part")


def _locked(path: Path) -> int:
    """The descriptor of the lock that one emulator holds on its folder; StoreError when another has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreError(
            _("The data folder {folder} is in use by another emulator. Stop it, or choose another folder.").format(
                folder=path.parent
            )
        ) from None
    return descriptor


def _opened(path: Path | None) -> sqlite3.Connection:
    """The database, made if there is none; a damaged one is moved aside. StoreError."""
    connection = sqlite3.connect(path or ":memory:", isolation_level=None, cached_statements=1024)
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, FORMAT):
            text = _("{file} was written by another version of the camp. Move it aside to begin again.")
            raise StoreError(text.format(file=path))
        if path is not None and version and path.stat().st_size < CHECKED_BYTES:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(found)
        connection.executescript(SCHEMA)
        connection.execute(f"PRAGMA user_version={FORMAT}")
    except sqlite3.OperationalError as error:
        connection.close()
        raise StoreError(_("{file} cannot be used: {why}.").format(file=path, why=error)) from error
    except sqlite3.DatabaseError as error:
        connection.close()
        assert path is not None
        text = _("{file} is damaged ({why}). It is kept as {aside}, nothing is deleted; the next start begins again.")
        raise StoreError(text.format(file=path, why=error, aside=_moved_aside(path))) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _moved_aside(path: Path) -> Path:
    """Renames a database and its log; the new name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in ("", "-wal"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)  # an index of the log, made again from it
    return aside
