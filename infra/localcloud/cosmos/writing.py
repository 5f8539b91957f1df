"""One change of one item: prepared without touching the store, then applied in the open transaction.

Between the two the charge is known and nothing is changed, which is where budgets are asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from . import names, ttl, unique_keys
from .container import Container, StoredDocument
from .errors import bad_request, conflict, not_found, precondition_failed, too_large
from .indexing import leaf_count
from .partition_key import Key, as_text, mismatch, same
from .unique_keys import Entry

if TYPE_CHECKING:
    from .account import Account

MOST_BYTES = 2 * 1024 * 1024
SYSTEM = ("_rid", "_self", "_etag", "_attachments", "_ts")
Terms = frozenset[tuple[int, bytes]]
NO_TERMS: Terms = frozenset()


@dataclass(slots=True)
class Change:
    """What one write will do: `before` goes, `after` comes (None where there is nothing). `ghosts` are the ends of
    expired items that stand in the way."""

    operation: str
    status: int
    key: str
    epk: bytes
    before: StoredDocument | None
    after: StoredDocument | None
    old_terms: Terms  # of a changed document those alone that go, and
    new_terms: Terms  # those alone that come
    charge: float
    etag: str = ""
    old_uniques: tuple[Entry, ...] = ()
    new_uniques: tuple[Entry, ...] = ()
    ghosts: tuple["Change", ...] = ()
    at: int = 0  # epoch seconds


@dataclass(slots=True)
class Wanted:
    """The versions that a request insists on: If-Match and If-None-Match."""

    match: str | None = None
    none_match: str | None = None

    def check(self, current: StoredDocument | None) -> None:
        """CosmosError 412 when the item is of another version."""
        etag = etag_of(current.body) if current else None
        if self.match and self.match not in ("*", etag):
            raise precondition_failed()
        if self.none_match and etag is not None and self.none_match in ("*", etag):
            raise precondition_failed()


def etag_of(body: bytes) -> str:
    """The etag in an item's finished JSON: `finished` puts it near the end."""
    start = body.rindex(b',"_etag":"\\"') + 12
    end = body.index(b"\\", start)
    return f'"{body[start:end].decode("ascii")}"'


def finished(container: Container, document: dict[str, Any], doc: int, etag: str, ts: int) -> tuple[bytes, int]:
    """An item's JSON with its system properties, and its size without them; CosmosError 413 when it is too large."""
    for name in SYSTEM:
        document.pop(name, None)
    try:
        plain = orjson.dumps(document)
    except orjson.JSONEncodeError as error:
        raise bad_request("The item holds a value that JSON has not, or too deep a nesting.") from error
    if len(plain) > MOST_BYTES:
        raise too_large()
    own = container.item_rid(doc)
    tail = (
        f',"_rid":"{own}","_self":"{container.self_link}docs/{own}/","_etag":"\\"{etag[1:-1]}\\"",'
        f'"_attachments":"attachments/","_ts":{ts}}}'
    )
    return plain[:-1] + tail.encode("ascii"), len(plain)


def live(stored: StoredDocument | None, now: float) -> StoredDocument | None:
    """The item, if it has not expired."""
    return None if stored is None or (stored.expires is not None and stored.expires <= now) else stored


def put(
    account: "Account", container: Container, key: Key, document: dict[str, Any], operation: str, wanted: Wanted
) -> Change:
    """A create or upsert of `document`, with its own id. An upsert of an item that is not there is a create, whatever
    If-Match says (Azure/azure-cosmos-dotnet-v3 issue 1698)."""
    item = checked(container, key, document)
    epk = container.key.epk(key)
    found = container.find(epk, item)
    current = live(found, account.clock())
    if operation == "create" and current is not None:
        raise conflict()
    if current is not None:
        wanted.check(current)
    return _written(account, container, key, epk, item, document, operation, found, current)


def replace(
    account: "Account", container: Container, key: Key, item: str, document: dict[str, Any], wanted: Wanted,
    operation: str = "replace",
) -> Change:  # fmt: skip
    """The item `item` becomes `document`; another id renames it (Azure/azure-cosmos-dotnet-v3 pull request 1375)."""
    epk = container.key.epk(key)
    found = container.find(epk, item)
    current = live(found, account.clock())
    if current is None:
        raise not_found()
    name = checked(container, key, document)
    wanted.check(current)
    taken = container.find(epk, name) if name != item else None
    if live(taken, account.clock()):
        raise conflict()
    change = _written(account, container, key, epk, name, document, operation, found, current)
    if taken is not None:
        change.ghosts += (removal(account, container, taken, "expire"),)
    return change


def delete(account: "Account", container: Container, key: Key, item: str, wanted: Wanted) -> Change:
    epk = container.key.epk(key)
    current = live(container.find(epk, item), account.clock())
    if current is None:
        raise not_found()
    wanted.check(current)
    return removal(account, container, current)


def removal(account: "Account", container: Container, current: StoredDocument, operation: str = "delete") -> Change:
    """The end of an item that is there."""
    document = orjson.loads(current.body)
    terms = terms_of(container, document)
    charge = account.physics.write_charge(operation, len(current.body), leaf_count(terms), False)
    return Change(
        operation, 204, current.key, current.epk, current, None, terms, NO_TERMS, charge,
        old_uniques=unique_keys.entries(container.unique_keys, document), at=int(account.clock()),
    )  # fmt: skip


def checked(container: Container, key: Key, document: dict[str, Any]) -> str:
    """The id of a document that may be stored under `key`; CosmosError 400."""
    item = names.item_id(document.get("id"))
    if not same(container.key.of(document), key):
        raise mismatch()
    container.key.check(key)
    return item


def terms_of(container: Container, document: dict[str, Any], ts: int | None = None) -> Terms:
    """The index entries of a document; `ts` for one that has no time of its own yet."""
    return container.index.terms(document if ts is None else {**document, "_ts": ts})


def _written(
    account: "Account", container: Container, key: Key, epk: bytes, item: str, document: dict[str, Any],
    operation: str, found: StoredDocument | None, current: StoredDocument | None,
) -> Change:  # fmt: skip
    etag, ts = account.stamp()
    doc = current.doc if current else container.last_doc + 1
    body, size = finished(container, document, doc, etag, ts)
    expires = ttl.expiry(container, document, ts)
    ghosts = [] if found is None or current is not None else [removal(account, container, found, "expire")]
    earlier = orjson.loads(current.body) if current else None
    if earlier is None:
        old, new = NO_TERMS, terms_of(container, document, ts)
        leaves = leaf_count(new)
    else:
        old, new, leaves = container.index.difference(earlier, {**document, "_ts": ts})
    old_uniques, new_uniques = (), ()  # type: tuple[Entry, ...], tuple[Entry, ...]
    if container.unique_keys:
        if earlier is not None:
            old_uniques = unique_keys.entries(container.unique_keys, earlier)
        new_uniques = unique_keys.entries(container.unique_keys, document)
        ghosts += _in_the_way(account, container, epk, new_uniques, doc, ghosts)
    charge = account.physics.write_charge(operation, size, leaves, current is not None)
    text = current.key if current else as_text(key)
    after = StoredDocument(doc, epk, text, item, container.lsn + 1, expires, body)
    status = 200 if current else 201
    return Change(
        operation,
        status,
        text,
        epk,
        current,
        after,
        old,
        new,
        charge,
        etag,
        old_uniques,
        new_uniques,
        tuple(ghosts),
        ts,
    )


def _in_the_way(
    account: "Account", container: Container, epk: bytes, entries: Iterable[Entry], doc: int, known: Iterable[Change]
) -> list[Change]:
    """The ends of the expired items that have a unique key of ours; CosmosError 409 for one that has not expired."""
    ghosts: dict[int, Change] = {}
    skipped = {doc, *(one.before.doc for one in known if one.before)}
    for entry in entries:
        other = container.holder(epk, entry)
        if other is None or other in skipped:
            continue
        stored = container.numbered(other)
        if stored is None or live(stored, account.clock()):
            raise unique_keys.taken()
        ghosts[other] = removal(account, container, stored, "expire")
    return list(ghosts.values())


def apply(container: Container, change: Change) -> None:
    """In the open transaction."""
    for ghost in change.ghosts:
        apply(container, ghost)
    before, after = change.before, change.after
    lsn = container.next_lsn()
    if after is None:
        assert before is not None
        container.change_uniques(before, change.old_uniques, ())
        container.delete(before, change.old_terms)
        container.versions.add(change)
        return
    after.lsn = lsn
    if before is not None:
        container.update(after)
    else:
        container.last_doc = after.doc
        container.insert(after)
    container.change_terms(after, change.old_terms, change.new_terms)
    container.change_uniques(after, change.old_uniques, change.new_uniques)
    container.versions.add(change)
