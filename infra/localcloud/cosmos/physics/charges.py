"""Request units: what every request is charged. An approximation, fitted to the figures that Microsoft publishes.

Pure: the same sizes and counts give the same charge, in request units with two decimals. Sizes are bytes of the
UTF-8 JSON as it is stored, system properties included; `leaf_paths` is the number of indexed values of an item.
A query is charged for what it loads and what it returns, so a filter that no index can serve is dear because it
loads every item, as on Azure: there is no other surcharge for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

KILOBYTE = 1024


@dataclass(frozen=True)
class Constant:
    """One number of the model, in request units, and where it comes from."""

    value: float
    source: str


# Article names are files of learn.microsoft.com/azure/cosmos-db; "fitted" says to which published charges.
CONSTANTS = {
    "read": Constant(1.0, "point read of 1 KB: optimize-cost-reads-writes, key-value-store-cost"),
    "read_kilobyte": Constant((10 - 1) / 99, "point read of 100 KB is 10 RU: same articles"),
    "write": Constant(5.0, "write of 1 KB without indexing: same articles"),
    "write_kilobyte": Constant((50 - 5) / 99, "write of 100 KB without indexing is 50 RU: same articles"),
    "leaf_path": Constant(
        0.3, "per property, Azure/azure-sdk-for-rust IN_MEMORY_EMULATOR_SPEC; 10 RU for 1 KB, 17 leaves"
    ),
    "replace": Constant(2.0, "a replace is two times the insert: optimize-cost-reads-writes"),
    "partition": Constant(2.3, "2-3 RU for every physical partition: partitioning-overview"),
    "predicate": Constant(0.3, "fitted: 2.98 RU for an indexed equality, troubleshoot-query-performance"),
    "loaded": Constant(0.05, "fitted: scan of 60,951 items of 6.4 KB is 4,059.95 RU, troubleshoot-query-performance"),
    "loaded_kilobyte": Constant(0.0026, "fitted: the same scan"),
    "returned_kilobyte": Constant(0.03, "fitted: one item of 10 KB returned is 3.19 RU, optimize-cost-reads-writes"),
    "metadata": Constant(1.0, "reading a database or container: not charged to a container's throughput"),
    "failed": Constant(
        1.0, "failed requests are charged too: troubleshoot-request-rate-too-large; the size is an assumption"
    ),
    "refused": Constant(0.38, "a 429 in a published trace"),
}


def _constant(name: str) -> float:
    return CONSTANTS[name].value


READ, READ_KILOBYTE = _constant("read"), _constant("read_kilobyte")
WRITE, WRITE_KILOBYTE, LEAF_PATH = _constant("write"), _constant("write_kilobyte"), _constant("leaf_path")
REPLACE = _constant("replace")
PARTITION, PREDICATE = _constant("partition"), _constant("predicate")
LOADED, LOADED_KILOBYTE, RETURNED_KILOBYTE = map(_constant, ("loaded", "loaded_kilobyte", "returned_kilobyte"))
METADATA, FAILED, REFUSED = map(_constant, ("metadata", "failed", "refused"))


def read(size: int) -> float:
    """A point read of an item of `size` bytes."""
    return round(READ + READ_KILOBYTE * max(0.0, size / KILOBYTE - 1), 2)


def create(size: int, leaf_paths: int) -> float:
    """A new item: `create_item`, or an upsert that finds none."""
    return round(_write(size, leaf_paths), 2)


def replace(size: int, leaf_paths: int) -> float:
    """A changed item, `size` and `leaf_paths` of the new version: replace, patch, an upsert that finds one."""
    return round(REPLACE * _write(size, leaf_paths), 2)


def delete(size: int, leaf_paths: int) -> float:
    """A deleted item, as dear as its insert."""
    return create(size, leaf_paths)


def query(
    *, partitions: int = 1, predicates: int = 0, loaded: int = 0, loaded_size: int = 0, returned_size: int = 0
) -> float:
    """One page of a query: physical partitions touched, filter terms, items loaded and their bytes, bytes returned."""
    base = partitions * (PARTITION + PREDICATE * predicates)
    work = LOADED * loaded + (LOADED_KILOBYTE * loaded_size + RETURNED_KILOBYTE * returned_size) / KILOBYTE
    return round(base + work, 2)


def feed(count: int, size: int) -> float:
    """One page of the change feed or of a container's items, `size` bytes together."""
    return query(loaded=count, loaded_size=size, returned_size=size)


def batch(charges: Iterable[float]) -> float:
    """A transactional batch: the sum of its operations."""
    return round(sum(charges), 2)


def _write(size: int, leaf_paths: int) -> float:
    return WRITE + WRITE_KILOBYTE * max(0.0, size / KILOBYTE - 1) + LEAF_PATH * leaf_paths
