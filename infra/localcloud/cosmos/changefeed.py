"""The change feed, latest version: each item once, as it is now, in the order of its last write.

A position is the LSN of the last write that was seen, as a quoted number; LSNs are the container's, so that they stay
meaningful across splits (cosmos-wire.md section 11).
"""

from email.utils import parsedate_to_datetime
from typing import Any

from . import items
from .account import Account
from .container import Container
from .errors import bad_request
from .exchange import Answer, Request
from .paging import page_size
from .physics import charges
from .scoping import scope

NOW = "*"
FEEDS = ("incremental feed", "full-fidelity feed")


async def read(account: Account, request: Request) -> Answer:
    """A page of changes, or 304 with the position when there are none."""
    if request.headers.get("a-im", "").lower() not in FEEDS:
        raise bad_request("The value of the header A-IM is invalid.")
    container = items.container_of(account, request)
    where = scope(account, container, request)
    partition = where.partitions[0]
    start, since = position(container, request), modified_since(request)
    size = page_size(request)
    rows: list[Any] = []
    if start < container.lsn:
        spans = " OR ".join("(epk>=? AND epk<?)" for _span in where.spans)
        rows = account.store.rows(
            f"SELECT lsn,body FROM docs_{container.number} WHERE lsn>? AND (expires IS NULL OR expires>?) "
            f"AND ({spans}) ORDER BY lsn LIMIT ?",
            (start, account.clock(), *(end for span in where.spans for end in span), size + 1),
        )
    shown, more = items.cut(rows, size)
    seen = shown[-1][0] if more else container.lsn
    bodies = [with_lsn(body, lsn) for lsn, body in shown if since is None or written_at(body) >= since]
    charge = charges.feed(len(bodies), sum(map(len, bodies)))
    key = request.headers.get(items.KEY_HEADER)
    account.physics.spend(container, partition, key, charge)
    headers = items.data_headers(container, partition.id, charge) | {"etag": f'"{seen}"'}
    if not bodies and not more:
        return Answer(304, b"", headers)
    return items.documents(container, bodies, headers)


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
