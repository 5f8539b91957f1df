"""The leases of one change feed, kept as documents in the lease container, as Azure's extension does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .cosmos_sharing import Lease, Span

if TYPE_CHECKING:
    from azure.cosmos.aio import ContainerProxy

TRIES = 5


class LeaseLost(Exception):
    """Another host has the lease now, or it is gone."""


class Leases:
    """The leases whose ids begin with `prefix`; `me` is this listener's name, `clock` wall time.

    Every method raises azure-core's errors; those that change a lease raise LeaseLost.
    """

    def __init__(self, container: "ContainerProxy", prefix: str, me: str, clock: Callable[[], float]) -> None:
        self._container = container
        self._prefix = prefix
        self._clock = clock
        self.me = me

    async def all(self) -> list[Lease]:
        """Every lease, in the order of their ranges."""
        query = "SELECT * FROM c WHERE STARTSWITH(c.id, @prefix)"
        parameters: list[dict[str, Any]] = [{"name": "@prefix", "value": f"{self._prefix}.."}]
        found = [_lease(one) async for one in self._container.query_items(query, parameters=parameters)]
        return sorted(found, key=lambda one: (one.span.min, one.span.max))

    async def make(self, span: Span, token: str | None = None, *, mine: bool = False) -> Lease:
        """A new lease; the one that is there when there is one."""
        from azure.cosmos.exceptions import CosmosResourceExistsError

        lease = Lease(f"{self._prefix}..{span}", span, token, self.me if mine else None, self._clock(), "")
        try:
            return _lease(await self._container.create_item(_document(lease)))
        except CosmosResourceExistsError:
            return _lease(await self._container.read_item(lease.id, lease.id))

    async def begun(self) -> bool:
        """Whether the leases were made; only the first host ever makes them, so that none comes back after a split."""
        from azure.cosmos.exceptions import CosmosResourceNotFoundError

        try:
            await self._container.read_item(f"{self._prefix}.info", f"{self._prefix}.info")
        except CosmosResourceNotFoundError:
            return False
        return True

    async def begin(self, spans: list[Span]) -> None:
        """Makes a lease for each range."""
        for span in spans:
            await self.make(span)
        await self._container.upsert_item({"id": f"{self._prefix}.info"})

    async def take(self, lease: Lease) -> Lease:
        """The lease, now ours; LeaseLost when another host was quicker."""
        return await self._replace(replace(lease, owner=self.me))

    async def renew(self, lease: Lease) -> Lease:
        """The lease for another while."""
        return await self._ours(lease, {})

    async def check(self, lease: Lease) -> None:
        """LeaseLost unless the lease is ours still."""
        if (await self._read(lease)).owner != self.me:
            raise LeaseLost(lease.id)

    async def checkpoint(self, lease: Lease, token: str | None) -> Lease:
        """Everything up to `token` is done with."""
        return await self._ours(lease, {"token": token})

    async def release(self, lease: Lease) -> None:
        """Anybody may take it."""
        await self._ours(lease, {"owner": None})

    async def drop(self, lease: Lease) -> None:
        """The lease is no more; nothing happens when it is gone already."""
        from azure.cosmos.exceptions import CosmosResourceNotFoundError

        try:
            await self._container.delete_item(lease.id, lease.id)
        except CosmosResourceNotFoundError:
            return

    async def _ours(self, lease: Lease, changes: dict[str, Any]) -> Lease:
        """Changes a lease that is ours, whatever this host has changed about it meanwhile."""
        for _attempt in range(TRIES):
            try:
                return await self._replace(replace(lease, **changes))
            except LeaseLost:
                lease = await self._read(lease)
                if lease.owner != self.me:
                    break
        raise LeaseLost(lease.id)

    async def _read(self, lease: Lease) -> Lease:
        from azure.cosmos.exceptions import CosmosResourceNotFoundError

        try:
            return _lease(await self._container.read_item(lease.id, lease.id))
        except CosmosResourceNotFoundError:
            raise LeaseLost(lease.id) from None

    async def _replace(self, lease: Lease) -> Lease:
        from azure.core import MatchConditions
        from azure.cosmos.exceptions import CosmosAccessConditionFailedError, CosmosResourceNotFoundError

        document = _document(replace(lease, renewed=self._clock()))
        try:
            stored = await self._container.replace_item(
                lease.id, document, etag=lease.etag, match_condition=MatchConditions.IfNotModified
            )
        except (CosmosAccessConditionFailedError, CosmosResourceNotFoundError):
            raise LeaseLost(lease.id) from None
        return _lease(stored)


def _document(lease: Lease) -> dict[str, Any]:
    return {
        "id": lease.id,
        "LeaseToken": str(lease.span),
        "FeedRange": {"min": lease.span.min, "max": lease.span.max},
        "Owner": lease.owner,
        "ContinuationToken": lease.token,
        "properties": {},
        "timestamp": datetime.fromtimestamp(lease.renewed, timezone.utc).isoformat(),
    }


def _lease(document: Any) -> Lease:
    span = document["FeedRange"]
    renewed = datetime.fromisoformat(document["timestamp"]).timestamp()
    return Lease(
        document["id"], Span(span["min"], span["max"]), document["ContinuationToken"], document["Owner"], renewed,
        document["_etag"],
    )  # fmt: skip
