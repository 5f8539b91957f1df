"""Every version of a container's items, and their ends, for the change feed of all versions and deletes.

An account keeps them when it has continuous backups, for as long as those reach back
(https://learn.microsoft.com/azure/cosmos-db/nosql/change-feed-modes). That feed begins "now" and never earlier, so a
container here keeps them from the first time that somebody asks for it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson

from .errors import bad_request
from .partition_key import KeyDefinition

if TYPE_CHECKING:
    from .container import Container
    from .writing import Change

RETENTION_SECONDS = 7 * 24 * 3600  # the shorter tier of continuous backups
TABLE = """CREATE TABLE versions_{n}(lsn INTEGER PRIMARY KEY, epk BLOB NOT NULL, written INTEGER NOT NULL,
    body BLOB NOT NULL)"""


class Versions:
    """What a container keeps; `since` is the LSN after which nothing is missing, None while nothing is kept."""

    def __init__(self, container: "Container") -> None:
        self._container = container
        self._number = container.number
        self._name = f"versions-{container.number}"
        kept = container.store.state(self._name)
        self.since = int(kept) if kept else None

    async def begin(self) -> None:
        """Keeps versions from now on, if it is not done already."""
        if self.since is not None:
            return
        store = self._container.store
        committed = store.keep(self._name, b"%d" % self._container.lsn)
        store.execute(TABLE.format(n=self._number))
        self.since = self._container.lsn
        await committed

    def check(self, position: int) -> None:
        """CosmosError 400 for a position after which something may be missing."""
        if self.since is None or position < self.since:
            raise bad_request(
                "The change feed of all versions and deletes begins now or at a continuation within its retention of "
                "7 days."
            )

    def add(self, change: "Change") -> None:
        """In the open transaction, when the change has its LSN."""
        if self.since is not None:
            lsn = self._container.lsn
            row = (lsn, change.epk, change.at, told(self._container.key, change, lsn))
            self._container.store.execute(f"INSERT INTO versions_{self._number} VALUES(?,?,?,?)", row)

    def end(self) -> None:
        """In the open transaction that drops the tables."""
        self._container.store.execute("DELETE FROM state WHERE name=?", (self._name,))
        self.since = None

    def rows(self, after: int, spans: Sequence[tuple[bytes, bytes]], most: int) -> list[Any]:
        """LSN and finished JSON of the changes after an LSN, in their order."""
        of_spans = " OR ".join("(epk>=? AND epk<?)" for _span in spans)
        return self._container.store.rows(
            f"SELECT lsn,body FROM versions_{self._number} WHERE lsn>? AND ({of_spans}) ORDER BY lsn LIMIT ?",
            (after, *(end for span in spans for end in span), most),
        )

    async def forget(self, now: float) -> None:
        """Lets go of what is older than the retention."""
        if self.since is None:
            return
        store, oldest = self._container.store, int(now) - RETENTION_SECONDS
        first = store.rows(f"SELECT written FROM versions_{self._number} ORDER BY lsn LIMIT 1")
        if not first or first[0][0] >= oldest:
            return
        [(since,)] = store.rows(f"SELECT max(lsn) FROM versions_{self._number} WHERE written<?", (oldest,))
        committed = store.keep(self._name, b"%d" % since)
        store.execute(f"DELETE FROM versions_{self._number} WHERE lsn<=?", (since,))
        self.since = since
        await committed


def told(key: KeyDefinition, change: "Change", lsn: int) -> bytes:
    """A change as the feed gives it. Only the end of an item tells what was before, its id and its partition key."""
    before, after = change.before, change.after
    metadata: dict[str, Any] = {"lsn": lsn, "crts": change.at, "operationType": operation(change)}
    if before is not None:
        metadata["previousImageLSN"] = before.lsn
    if after is not None:
        return orjson.dumps({"current": orjson.Fragment(after.body), "metadata": metadata})
    assert before is not None
    if change.operation == "expire":
        metadata["timeToLiveExpired"] = True
    metadata |= {"id": before.id, "partitionKey": key.named(orjson.loads(before.body))}
    return orjson.dumps({"current": {}, "previous": orjson.Fragment(before.body), "metadata": metadata})


def operation(change: "Change") -> str:
    if change.after is None:
        return "delete"
    return "create" if change.before is None else "replace"
