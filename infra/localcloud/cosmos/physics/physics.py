"""The physics of an account: every container's meter, kept across restarts, and the requests that they meter."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import orjson

from ..errors import CosmosError, bad_request, not_found, said
from . import charges
from .census import Census
from .meter import Meter, Refusal
from .offers import Offer, OfferError, StoredAmount, from_headers, replaced
from .partitions import PARTITION_THROUGHPUT, Partition
from .throughput import DEFAULT, Throughput

if TYPE_CHECKING:
    from ..container import Container, Database
    from ..store import Store

PARTITIONS_HEADER = "x-camp-physical-partitions"
MOST_PARTITIONS = 100
RATE_LARGE = (
    "Request rate is large. More Request Units may be needed, so no changes were made. Please retry this request "
    "later. Learn more: http://aka.ms/cosmosdb-error-429"
)


class Physics:
    """Throughput by the number of the container or database that has it, meters by the number of the container."""

    def __init__(self, store: "Store", clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self.burst = False
        self.meters: dict[int, Meter] = {}
        self._throughputs: dict[int, Throughput] = {}
        self._containers: dict[int, Container] = {}
        self._censuses: dict[int, Census] = {}

    def created(self, container: "Container", headers: Mapping[str, str]) -> None:
        """A new container: gives it partitions, and throughput of its own unless its database shares one. Called in
        the open transaction; CosmosError 400 for a throughput that the service would refuse."""
        offer, count = _asked(headers), _partitions_asked(headers)
        if offer is None and count is None and self._shared(container.database) is not None:
            self._meter(container)
            return
        own = Throughput.at_creation(offer or DEFAULT, physical_partitions=count)
        if own.rate > PARTITION_THROUGHPUT:
            raise bad_request(f"{count} partitions serve at most {PARTITION_THROUGHPUT} RU/s each.")
        self._take(container.number, own)
        self._meter(container)

    def database_created(self, database: "Database", headers: Mapping[str, str]) -> None:
        """A new database: the throughput that its containers share, if the request asks for one. In the transaction."""
        offer = _asked(headers)
        if offer is not None:
            self._take(database.number, Throughput.at_creation(offer, shared=True))

    def database_loaded(self, database: "Database") -> None:
        """A database that was there before this start: gives it the throughput that it had, if any."""
        self._restore(database.number)

    def loaded(self, container: "Container") -> None:
        """A container that was there before this start, after its database: gives it the partitions that it had."""
        self._restore(container.number)
        self._meter(container)

    def dropped(self, container: "Container") -> None:
        """A container that is deleted now; called in the open transaction."""
        self.meters.pop(container.number, None)
        self._containers.pop(container.number, None)
        self._censuses.pop(container.number, None)
        self._forget(container.number)

    def database_dropped(self, database: "Database") -> None:
        """A database that is deleted now; called in the open transaction."""
        self._forget(database.number)

    def partition_of(self, container: "Container", epk: bytes) -> Partition:
        """The physical partition that an effective key lies in."""
        return self.meters[container.number].serving(epk)

    def admit(self, container: "Container", partitions: Iterable[Partition], key: str | None) -> None:
        """CosmosError 429/3200 with `x-ms-retry-after-ms` when one of the partitions has spent this second's budget."""
        meter = self.meters[container.number]
        refusal = meter.refusal([one.id for one in partitions])
        if refusal is not None:
            meter.refuse(refusal.partition, key)
            raise _throttled(refusal)

    def take(self, container: "Container", partition: str, key: str | None, charge: float) -> None:
        """Takes the charge of an admitted request from a partition's budget, for logical key `key` (its JSON text;
        None for several)."""
        self.meters[container.number].spend(partition, key, charge)

    def spend(self, container: "Container", partition: Partition, key: str | None, charge: float) -> None:
        """`admit` and `take` of a request at one partition."""
        meter = self.meters[container.number]
        milliseconds = meter.try_to_spend(partition.id, key, charge)
        if milliseconds:
            raise _throttled(Refusal(partition.id, milliseconds))

    def write_charge(self, operation: str, size: int, terms: int, replaces: bool) -> float:
        """RU of a write: `operation` is create, upsert, replace, patch or delete, `size` in bytes, `terms` the number
        of indexed values, and `replaces` whether an item was there."""
        if operation == "delete":
            return charges.delete(size, terms)
        return charges.replace(size, terms) if replaces else charges.create(size, terms)

    def throughput_of(self, container: "Container") -> Throughput:
        """The container's own, or the one that it shares."""
        return self.meters[container.number].throughput

    def offer_of(self, number: int) -> Throughput | None:
        """The throughput of the container or database with this number; None when it has none of its own."""
        return self._throughputs.get(number)

    def replace_offer(self, number: int, body: object, headers: Mapping[str, str]) -> Throughput:
        """Changes a throughput as the PUT of an offer asks; CosmosError 404 or 400. In the open transaction."""
        throughput = self._throughputs.get(number)
        if throughput is None:
            raise not_found()
        try:
            throughput.change(replaced(throughput.offer, body, headers, self.stored(throughput)))
        except OfferError as error:
            raise bad_request(str(error)) from error
        self._changed(number)
        return throughput

    def stored(self, throughput: Throughput) -> StoredAmount:
        """What bounds a throughput. No laptop holds the 400 GB from which on storage would."""
        users = sum(meter.throughput is throughput for meter in self.meters.values())
        return StoredAmount(containers=users if throughput.shared else 0)

    async def census(self, container: "Container") -> dict[str, tuple[int, int]]:
        """Documents and bytes of a container by partition id; a moment old when it is large."""
        return await self._censuses.setdefault(container.number, Census()).of(container)

    def split(self, container: "Container", count: int) -> None:
        """Emulator only: splits until there are `count` partitions. CosmosError 400 for fewer than there are, or too
        many. In the open transaction."""
        throughput = self.throughput_of(container)
        if not len(throughput.layout.slots) <= count <= MOST_PARTITIONS:
            raise bad_request(
                f"Partitions never merge: there are {len(throughput.layout.slots)}; ask for as many or more, "
                f"up to {MOST_PARTITIONS}."
            )
        throughput.split_to(count)
        self._changed(container.database.number if throughput.shared else container.number)

    def switch_burst(self, on: bool) -> None:
        """Burst capacity of the account."""
        self.burst = on
        for throughput in self._throughputs.values():
            throughput.switch_burst(on)

    def _shared(self, database: "Database") -> Throughput | None:
        return self._throughputs.get(database.number)

    def _meter(self, container: "Container") -> None:
        """Begins to meter a container."""
        throughput = self._throughputs.get(container.number) or self._shared(container.database)
        if throughput is None:
            throughput = self._throughputs[container.number] = Throughput.at_creation()
        meter = Meter(throughput, container.key.version, self._clock)
        self.meters[container.number] = meter
        self._containers[container.number] = container
        container.partitions = meter.partitions

    def _take(self, number: int, throughput: Throughput) -> None:
        throughput.switch_burst(self.burst)
        self._throughputs[number] = throughput
        self._keep(number)

    def _changed(self, number: int) -> None:
        """Keeps a throughput, and tells its containers of new partitions."""
        self._keep(number)
        throughput = self._throughputs[number]
        for one, container in self._containers.items():
            if self.meters[one].throughput is throughput:
                container.partitions = self.meters[one].partitions

    def _restore(self, number: int) -> None:
        kept = self._store.state(_state(number))
        if kept is not None:
            self._throughputs[number] = Throughput.from_json(orjson.loads(kept))

    def _keep(self, number: int) -> None:
        self._store.keep(_state(number), orjson.dumps(self._throughputs[number].as_json()))

    def _forget(self, number: int) -> None:
        if self._throughputs.pop(number, None) is not None:
            self._store.forget(_state(number))


def _state(number: int) -> str:
    return f"throughput-{number}"


def _asked(headers: Mapping[str, str]) -> Offer | None:
    try:
        return from_headers(headers)
    except OfferError as error:
        raise bad_request(str(error)) from error


def _partitions_asked(headers: Mapping[str, str]) -> int | None:
    """What the emulator-only header asks for; CosmosError 400."""
    text = headers.get(PARTITIONS_HEADER)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_PARTITIONS):
        raise bad_request(f"The value '{text[:40]}' of the header {PARTITIONS_HEADER} must be 1 to {MOST_PARTITIONS}.")
    return int(text)


def _throttled(refusal: Refusal) -> CosmosError:
    headers = {
        "x-ms-retry-after-ms": str(refusal.milliseconds),
        "x-ms-request-charge": str(charges.REFUSED),
        "x-ms-documentdb-partitionkeyrangeid": refusal.partition,
    }
    return CosmosError(429, None, said(RATE_LARGE), 3200, headers)
