"""Databases, containers and their throughput."""

from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.messages import _

from ..guard import Refused
from .account import CosmosAccount, asked

MOST_DATABASES = 100
MOST_CONTAINERS = 500
LAYOUT = "x-camp-physical-partitions"
MIGRATIONS = {
    "autoscale": "x-ms-cosmos-migrate-offer-to-autopilot",
    "manual": "x-ms-cosmos-migrate-offer-to-manual-throughput",
}


class Databases:
    """Acts on the databases of one account."""

    def __init__(self, account: CosmosAccount) -> None:
        self._account = account

    async def all(self) -> list[dict[str, Any]]:
        """Every database with its containers: name, key paths, time to live."""
        async with asked():
            client = await self._account.client()
            names = [one["id"] async for one in client.list_databases()][:MOST_DATABASES]
            return [{"name": name, "containers": await self._containers(name)} for name in names]

    async def _containers(self, database: str) -> list[dict[str, Any]]:
        from azure.cosmos.exceptions import CosmosResourceNotFoundError

        proxy = (await self._account.client()).get_database_client(database)
        try:
            found = [_facts(one) async for one in proxy.list_containers()]
        except CosmosResourceNotFoundError:  # deleted between the two questions
            return []
        return found[:MOST_CONTAINERS]

    async def create(
        self, database: str, container: str, keys: Sequence[str], throughput: Mapping[str, int], partitions: int | None
    ) -> None:
        """A container, and its database if missing; `throughput` is {}, {"manual": n} or {"autoscale": most}."""
        async with asked():
            from azure.cosmos import PartitionKey

            key = PartitionKey(path=keys[0]) if len(keys) == 1 else PartitionKey(path=list(keys), kind="MultiHash")
            made = await (await self._account.client()).create_database_if_not_exists(database)
            options: dict[str, Any] = {"offer_throughput": _offer(throughput)} if throughput else {}
            if partitions:
                options["headers"] = {LAYOUT: str(partitions)}
            await made.create_container(container, key, **options)

    async def delete(self, database: str, container: str | None) -> None:
        """A container, or a whole database."""
        async with asked():
            client = await self._account.client()
            if container is None:
                await client.delete_database(database)
            else:
                await client.get_database_client(database).delete_container(container)

    async def throughput(self, database: str, container: str) -> dict[str, Any]:
        """The throughput of a container: `manual` or `autoscale` (its most) in RU/s, and whether it is `shared`."""
        async with asked():
            proxy = await self._account.container(database, container)
            await proxy.read()
            if (own := await _read(proxy)) is not None:
                return {**own, "shared": False}
            shared = await _read((await self._account.client()).get_database_client(database))
            return {**(shared or {"manual": None, "autoscale": None}), "shared": shared is not None}

    async def scale(self, database: str, container: str, throughput: Mapping[str, int]) -> None:
        """Gives a container another throughput: {"manual": n} or {"autoscale": most}.

        From one kind to the other it takes two requests: the first lets the service choose, the second says how much.
        """
        before = await self.throughput(database, container)
        if before["shared"] or before["manual"] is before["autoscale"] is None:
            raise Refused(400, _("This container has no throughput of its own: it shares its database's."))
        async with asked():
            proxy = await self._account.container(database, container)
            for kind, header in MIGRATIONS.items():
                if kind in throughput and before[kind] is None:
                    await proxy.replace_throughput(before["manual"] or before["autoscale"], headers={header: "true"})
            await proxy.replace_throughput(_offer(throughput))


def _facts(container: Mapping[str, Any]) -> dict[str, Any]:
    key = container.get("partitionKey") or {}
    return {"name": container["id"], "keys": key.get("paths") or [], "ttl": container.get("defaultTtl")}


def _offer(throughput: Mapping[str, int]) -> Any:
    from azure.cosmos import ThroughputProperties

    if "autoscale" in throughput:
        return ThroughputProperties(auto_scale_max_throughput=throughput["autoscale"])
    return ThroughputProperties(offer_throughput=throughput["manual"])


async def _read(proxy: Any) -> dict[str, Any] | None:
    """The throughput of a container or database; None when it has none of its own (and for a serverless account)."""
    from azure.cosmos.exceptions import CosmosHttpResponseError

    try:
        found = await proxy.get_throughput()
    except CosmosHttpResponseError as error:
        if error.status_code == 404 or (error.status_code == 400 and "serverless" in str(error).lower()):
            return None
        raise
    most = found.auto_scale_max_throughput
    return {"manual": None if most else found.offer_throughput, "autoscale": most}
