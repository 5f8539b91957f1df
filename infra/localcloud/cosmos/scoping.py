"""Where a query or a change feed looks: the key, range and effective keys that a request's headers name."""

from dataclasses import dataclass
from typing import Any

from .account import Account
from .container import Container
from .errors import CosmosError, bad_request, said
from .exchange import Request
from .items import KEY_HEADER
from .partition_key import from_header
from .physics.partitions import Partition

RANGE_HEADER = "x-ms-documentdb-partitionkeyrangeid"


Span = tuple[bytes, bytes]


@dataclass(frozen=True)
class Scope:
    """Where a query looks: effective keys in `spans` (lower end in, upper end out, sorted), which lie in `partitions`.

    `key` is the full partition key, of the header or of the query itself; `partition` the range that the client
    asked for, None when the gateway chose.
    """

    spans: tuple[Span, ...]
    partitions: tuple[Partition, ...]
    key: tuple[Any, ...] | None = None
    partition: Partition | None = None

    @property
    def across(self) -> bool:
        """Whether it is for the gateway to find the partitions, which may be several."""
        return self.key is None and self.partition is None


def scope(account: Account, container: Container, request: Request) -> Scope:
    """CosmosError 410/1002 for a physical partition that is gone, 400 for headers that say nothing."""
    text = request.headers.get(KEY_HEADER)
    if text is not None:
        key = from_header(text, len(container.key.paths))
        span = container.key.span(key)
        full = len(key) == len(container.key.paths)
        return Scope((span,), touched(container, span), key if full else None)
    if RANGE_HEADER not in request.headers:
        whole = (b"", b"\xff")
        return Scope((whole,), tuple(container.partitions))
    partition = named_partition(container, request)
    low = max(partition.low, _epk(request, "x-ms-start-epk", partition.low))
    high = min(partition.high, _epk(request, "x-ms-end-epk", partition.high))
    return Scope(((low, high),), (partition,), None, partition)


def named_partition(container: Container, request: Request) -> Partition:
    """The physical partition of the header; CosmosError 410/1002 for one that is gone, 400 without a header."""
    named = request.headers.get(RANGE_HEADER)
    if named is None:
        raise bad_request("PartitionKey value must be supplied for this operation.")
    partition = next((one for one in container.partitions if one.id == named.rpartition(",")[2]), None)
    if partition is None:
        raise CosmosError(410, None, said("The requested resource is no longer available at the server."), 1002)
    return partition


def touched(container: Container, span: tuple[bytes, bytes]) -> tuple[Partition, ...]:
    """The physical partitions that hold any of these effective keys."""
    low, high = span
    return tuple(one for one in container.partitions if one.low < high and low < one.high)


def _epk(request: Request, header: str, default: bytes) -> bytes:
    text = request.headers.get(header)
    if text is None:
        return default
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise bad_request(f"The value of the header {header} is no effective partition key.") from None
