"""Making a database and a container that a binding names and that are not there."""

from typing import TYPE_CHECKING, Any

from .cosmos_error import CosmosBindingError
from .cosmos_names import CosmosTarget

if TYPE_CHECKING:
    from azure.cosmos.aio import CosmosClient


async def make_container(
    client: "CosmosClient", target: CosmosTarget, key_path: str | None, throughput: int | None, ttl: int | None = None
) -> None:
    """Makes the database and the container, unless they are there; `throughput` in RU/s, None for the service's.

    CosmosBindingError without a partition key path; raises azure-core's errors.
    """
    from azure.cosmos import PartitionKey

    if not key_path:
        raise CosmosBindingError(
            "Value cannot be null. (Parameter 'partitionKeyPath'). "
            f"The container '{target.container}' is missing, and to make it the binding needs its partition_key, "
            'such as partition_key="/id".'
        )
    database = await client.create_database_if_not_exists(target.database)
    options: dict[str, Any] = {}
    if throughput:
        options["offer_throughput"] = throughput
    if ttl is not None:
        options["default_ttl"] = ttl
    await database.create_container_if_not_exists(target.container, PartitionKey(key_path), **options)
