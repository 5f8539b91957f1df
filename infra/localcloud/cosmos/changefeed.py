"""The change feed. Latest version: each item once, as it is now, in the order of its last write; all versions and
deletes: every change, as long as `versions` keeps it.

A position is the LSN of the last write that was seen, as a quoted number; LSNs are the container's, so that they stay
meaningful across splits (cosmos-wire.md section 11).
"""

from collections.abc import Callable, Iterable, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from . import items
from .account import Account
from .container import Container
from .errors import bad_request
from .exchange import Request, Response, page_size
from .physics import charges
from .scoping import scope

NOW = "*"
LATEST, ALL = "incremental feed", "full-fidelity feed"
Spans = Sequence[tuple[bytes, bytes]]
Read = Callable[[int, Spans, int], list[Any]]


async def read(account: Account, request: Request) -> Response:
    """A page of changes, or 304 with the position when there are none."""
    feed = request.headers.get("a-im", "").lower()
    if feed not in (LATEST, ALL):
        raise bad_request("The value of the header A-IM is invalid.")
    container = items.container_of(account, request)
    where = scope(account, container, request)
    partition = where.partitions[0]
    start, since, size = position(container, request), modified_since(request), page_size(request)
    changes = await all_versions(container, request, start) if feed == ALL else await latest(account, container)
    rows = changes(start, where.spans, size + 1) if start < container.lsn else []
    shown, more = items.cut(rows, size)
    seen = shown[-1][0] if more else container.lsn
    bodies = [body for _lsn, body in shown] if feed == ALL else latest_bodies(shown, since)
    charge = charges.feed(len(bodies), sum(map(len, bodies)))
    key = request.headers.get(items.KEY_HEADER)
    account.physics.spend(container, partition, key, charge)
    headers = items.data_headers(container, partition.id, charge) | {"etag": f'"{seen}"'}
    if not bodies and not more:
        return Response(304, b"", headers)
    return items.documents(container, bodies, headers)


async def latest(account: Account, container: Container) -> Read:
    """Reads the items that were written after an LSN, as they are now."""
    await container.in_order()

    def rows(start: int, spans: Spans, most: int) -> list[Any]:
        within = " OR ".join("(epk>=? AND epk<?)" for _span in spans)
        return account.store.rows(
            f"SELECT lsn,body FROM docs_{container.number} WHERE lsn>? AND (expires IS NULL OR expires>?) "
            f"AND ({within}) ORDER BY lsn LIMIT ?",
            (start, account.clock(), *(end for span in spans for end in span), most),
        )

    return rows


def latest_bodies(rows: Iterable[tuple[int, bytes]], since: int | None) -> list[bytes]:
    return [with_lsn(body, lsn) for lsn, body in rows if since is None or written_at(body) >= since]


async def all_versions(container: Container, request: Request, start: int) -> Read:
    """Reads every change after an LSN. They are kept from the first request for "now" on; CosmosError 400 for a
    position before that."""
    if request.headers.get("if-none-match", "").strip('"') == NOW:
        await container.versions.begin()
    container.versions.check(start)
    return container.versions.rows


def position(container: Container, request: Request) -> int:
    """Where the client's last page ended: 0 is the beginning; CosmosError 400 for no position."""
    text = request.headers.get("if-none-match")
    if text is None:
        return 0
    if text.strip('"') == NOW:
        return container.lsn
    number = text.strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise bad_request(f"The change feed position '{text[:80]}' is invalid.")
    return int(number)


def modified_since(request: Request) -> int | None:
    """Epoch seconds; CosmosError 400 for no HTTP date."""
    text = request.headers.get("if-modified-since")
    if text is None:
        return None
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (TypeError, ValueError, IndexError, OverflowError):
        raise bad_request(f"The value '{text[:80]}' of the header If-Modified-Since is no HTTP date.") from None


def with_lsn(body: bytes, lsn: int) -> bytes:
    """An item's finished JSON as the feed gives it: its position is its member `_lsn`."""
    return b'%b,"_lsn":%d}' % (body[:-1], lsn)


def written_at(body: bytes) -> int:
    """The `_ts` at the end of an item's finished JSON."""
    return int(body[body.rindex(b":") + 1 : -1])
