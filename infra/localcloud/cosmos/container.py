"""One container: what it is, and its documents in the store."""

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from . import rid
from .indexing import Index
from .partition_key import KeyDefinition, definition
from .physics.partitions import Partition
from .store import Store
from .unique_keys import Entry, constraints
from .versions import Versions

TABLES = """
CREATE TABLE docs_{n}(doc INTEGER PRIMARY KEY, epk BLOB NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
    lsn INTEGER NOT NULL, expires INTEGER, body BLOB NOT NULL, UNIQUE(epk, id));
CREATE INDEX docs_{n}_expires ON docs_{n}(expires) WHERE expires IS NOT NULL;
CREATE TABLE terms_{n}(path INTEGER NOT NULL, term BLOB NOT NULL, epk BLOB NOT NULL, doc INTEGER NOT NULL,
    PRIMARY KEY(path, term, epk, doc)) WITHOUT ROWID;
CREATE TABLE unique_{n}(constraint_number INTEGER NOT NULL, epk BLOB NOT NULL, value BLOB NOT NULL,
    doc INTEGER NOT NULL,    PRIMARY KEY(constraint_number, epk, value)) WITHOUT ROWID;
"""
IN_ORDER = "CREATE INDEX IF NOT EXISTS docs_{n}_lsn ON docs_{n}(lsn)"
RESERVED = 1_000  # LSNs at a time, so that not every write writes its own down
TABLE_NAMES = ("docs", "terms", "unique", "versions")


@dataclass(slots=True)
class StoredDocument:
    """A document as it stands in the store; `body` is the finished JSON with its system properties."""

    doc: int
    epk: bytes
    key: str
    id: str
    lsn: int
    expires: int | None
    body: bytes


@dataclass
class Database:
    """A database: `number` in the store, `rid` and the body that a read of it answers."""

    number: int
    name: str
    rid: bytes
    body: dict[str, Any]

    @property
    def self_link(self) -> str:
        return f"dbs/{rid.encode(self.rid)}/"


class Container:
    """A container of `database`; `body` is what a read of it answers, and `partitions` are the physical ones."""

    def __init__(self, store: Store, database: Database, number: int, body: dict[str, Any]) -> None:
        self.store = store
        self.database = database
        self.number = number
        self.name: str = body["id"]
        self.raw_rid = rid.container(database.rid, number)
        self.rid = rid.encode(self.raw_rid)
        self.link = f"dbs/{database.name}/colls/{self.name}"
        self.self_link = f"{database.self_link}colls/{self.rid}/"
        self.partitions: Sequence[Partition] = ()
        self.reached = 0  # how many times its items were to be given new index entries
        self.indexed = store.state(self.mark) is None  # false while the index is being made again
        self.alive = True
        self.versions = Versions(self)
        self.change(body)
        self.lsn, self.last_doc = self._counters()
        self._reserved, self._rollbacks = self.lsn, store.rollbacks
        self._in_order = False  # no index by LSN yet, as far as this process knows
        n = number
        self._by_id = f"SELECT doc,epk,key,id,lsn,expires,body FROM docs_{n} WHERE epk=? AND id=?"
        self._by_doc = f"SELECT doc,epk,key,id,lsn,expires,body FROM docs_{n} WHERE doc=?"
        self._body = f"SELECT body,expires FROM docs_{n} WHERE epk=? AND id=?"
        self._insert = f"INSERT INTO docs_{n} VALUES(?,?,?,?,?,?,?)"
        self._update = f"UPDATE docs_{n} SET id=?,lsn=?,expires=?,body=? WHERE doc=?"
        self._delete = f"DELETE FROM docs_{n} WHERE doc=?"
        self._add_terms = f"INSERT OR IGNORE INTO terms_{n} VALUES(?,?,?,?)"
        self._move_terms = f"UPDATE OR REPLACE terms_{n} SET term=? WHERE path=? AND term=? AND epk=? AND doc=?"
        self._drop_terms = f"DELETE FROM terms_{n} WHERE path=? AND term=? AND epk=? AND doc=?"

    def change(self, body: dict[str, Any]) -> None:
        """Takes over the body of a replace."""
        self.body = body
        self.definition: dict[str, Any] = body
        self.key: KeyDefinition = definition(body["partitionKey"])
        self.policy: dict[str, Any] = body["indexingPolicy"]
        self.index = Index(self.policy)
        self.default_ttl: int | None = body.get("defaultTtl")
        self.unique_keys = constraints(body.get("uniqueKeyPolicy") or {})

    @property
    def mark(self) -> str:
        """Under this name the store remembers that the items are not all reached yet."""
        return f"reindexing-{self.number}"

    def make_tables(self, floor: int) -> None:
        """In the open transaction; the first LSN is above `floor`."""
        for statement in TABLES.format(n=self.number).split(";"):
            if statement.strip():
                self.store.execute(statement)
        self.store.execute("INSERT INTO counters VALUES(?,?,0)", (self.number, floor))
        self.lsn = self._reserved = floor

    def drop_tables(self) -> None:
        """In the open transaction."""
        for name in TABLE_NAMES:
            self.store.execute(f"DROP TABLE IF EXISTS {name}_{self.number}")
        self.store.execute("DELETE FROM counters WHERE container=?", (self.number,))
        self.versions.end()

    def _counters(self) -> tuple[int, int]:
        """An LSN that none is above, and the highest document number ever given: deletes write theirs down, the others
        are in the rows."""
        try:
            row = self.store.execute(
                f"SELECT lsn, max(doc, ifnull((SELECT max(doc) FROM docs_{self.number}), 0)) FROM counters "
                "WHERE container=?",
                (self.number,),
            ).fetchone()
        except sqlite3.OperationalError:  # not made yet
            return 0, 0
        lsn, doc = row or (0, 0)
        return max(lsn, self._highest_in_order()), doc

    def _highest_in_order(self) -> int:
        """The highest LSN of a document where they are indexed; folders of before had no LSNs written down."""
        with contextlib.suppress(sqlite3.OperationalError):
            sql = f"SELECT max(lsn) FROM docs_{self.number} INDEXED BY docs_{self.number}_lsn"
            return self.store.execute(sql).fetchone()[0] or 0
        return 0

    def next_lsn(self) -> int:
        """In the open transaction: the LSN of one more change. After a restart they go on above all that were given."""
        self.lsn += 1
        if self.lsn > self._reserved or self._rollbacks != self.store.rollbacks:
            self._reserved, self._rollbacks = self.lsn + RESERVED, self.store.rollbacks
            self.store.execute("UPDATE counters SET lsn=? WHERE container=?", (self._reserved, self.number))
        return self.lsn

    async def in_order(self) -> None:
        """From now on documents can be read by LSN; an index that only the change feed needs."""
        if not self._in_order:
            committed = self.store.begin()
            self.store.execute(IN_ORDER.format(n=self.number))
            await committed
            self._in_order = True

    def item_rid(self, doc: int) -> str:
        return rid.encode(rid.child(self.raw_rid, doc))

    def body_of(self, epk: bytes, item: str, now: float) -> bytes | None:
        """The finished JSON of a live document."""
        row = self.store.execute(self._body, (epk, item)).fetchone()
        if row is None or (row[1] is not None and row[1] <= now):
            return None
        body: bytes = row[0]
        return body

    def find(self, epk: bytes, item: str) -> StoredDocument | None:
        """A document, expired or not."""
        row = self.store.execute(self._by_id, (epk, item)).fetchone()
        return StoredDocument(*row) if row else None

    def numbered(self, doc: int) -> StoredDocument | None:
        """The document with this number, expired or not."""
        row = self.store.execute(self._by_doc, (doc,)).fetchone()
        return StoredDocument(*row) if row else None

    def numbers(self, epk: bytes, most: int) -> list[int]:
        """Of documents with this effective key, expired or not."""
        rows = self.store.rows(f"SELECT doc FROM docs_{self.number} WHERE epk=? LIMIT ?", (epk, most))
        return [doc for (doc,) in rows]

    def following(self, doc: int, most: int) -> list[StoredDocument]:
        """The documents after number `doc`, in their order, expired or not."""
        sql = f"SELECT doc,epk,key,id,lsn,expires,body FROM docs_{self.number} WHERE doc>? ORDER BY doc LIMIT ?"
        return [StoredDocument(*row) for row in self.store.rows(sql, (doc, most))]

    def expired(self, now: float, most: int) -> list[int]:
        """The numbers of documents that have expired."""
        rows = self.store.rows(f"SELECT doc FROM docs_{self.number} WHERE expires<=? LIMIT ?", (now, most))
        return [doc for (doc,) in rows]

    def insert(self, stored: StoredDocument) -> None:
        """In the open transaction."""
        self.store.execute(
            self._insert,
            (stored.doc, stored.epk, stored.key, stored.id, stored.lsn, stored.expires, stored.body),
        )

    def update(self, stored: StoredDocument) -> None:
        """In the open transaction: the document's new id, body, LSN and time of expiry."""
        self.store.execute(self._update, (stored.id, stored.lsn, stored.expires, stored.body, stored.doc))

    def delete(self, stored: StoredDocument, terms: Iterable[tuple[int, bytes]]) -> None:
        """In the open transaction; `terms` are the document's."""
        self.store.execute(self._delete, (stored.doc,))
        self.change_terms(stored, terms, ())
        self.store.execute("UPDATE counters SET doc=? WHERE container=?", (self.last_doc, self.number))

    def change_terms(
        self, stored: StoredDocument, old: Iterable[tuple[int, bytes]], new: Iterable[tuple[int, bytes]]
    ) -> None:
        """In the open transaction: the index entries of a document, from `old` to `new`."""
        before, after = set(old), set(new)
        epk, doc = stored.epk, stored.doc
        gone, come = before - after, after - before
        if len(gone) == len(come) and (moves := moved(gone, come)):
            rows = [(to, path, term, epk, doc) for path, term, to in moves]
            self.store.connection.executemany(self._move_terms, rows)
            return
        if gone:
            self.store.connection.executemany(self._drop_terms, [(*one, epk, doc) for one in gone])
        if come:
            self.store.connection.executemany(self._add_terms, [(*one, epk, doc) for one in sorted(come)])

    def holder(self, epk: bytes, entry: Entry) -> int | None:
        """The number of the document that has this unique key."""
        sql = f"SELECT doc FROM unique_{self.number} WHERE constraint_number=? AND epk=? AND value=?"
        row = self.store.execute(sql, (entry[0], epk, entry[1])).fetchone()
        return row[0] if row else None

    def change_uniques(self, stored: StoredDocument, old: Sequence[Entry], new: Sequence[Entry]) -> None:
        """In the open transaction: the unique keys of a document, from `old` to `new`."""
        if old == new:
            return
        n, epk = self.number, stored.epk
        for number, value in old:
            self.store.execute(
                f"DELETE FROM unique_{n} WHERE constraint_number=? AND epk=? AND value=?", (number, epk, value)
            )
        for number, value in new:
            self.store.execute(f"INSERT INTO unique_{n} VALUES(?,?,?,?)", (number, epk, value, stored.doc))


def moved(gone: Collection[tuple[int, bytes]], come: Collection[tuple[int, bytes]]) -> list[tuple[int, bytes, bytes]]:
    """Path, old and new term, when each path of the one is a path of the other, and once only; else empty."""
    new = dict(come)
    if len(new) != len(come) or dict(gone).keys() != new.keys():
        return []
    return [(path, term, new[path]) for path, term in gone]


Clock = Callable[[], float]
