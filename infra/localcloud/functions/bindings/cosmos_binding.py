"""The Cosmos DB bindings, plugged into the host."""

from typing import TYPE_CHECKING, Any

from ..record import written
from ..worker.values import Value
from .cosmos_clients import CosmosHub, cosmos_hub_of
from .cosmos_container import make_container
from .cosmos_error import CosmosBindingError, explained
from .cosmos_names import CosmosTarget, given, is_v3, target_of
from .cosmos_value import Document, documents_of, key_text, value_of, with_id
from .expressions import as_parameters

if TYPE_CHECKING:
    from azure.cosmos.aio import ContainerProxy

    from ..invocation import Invocation
    from ..loading.index import FunctionInfo
    from .binding_host import BindingHost
    from .cosmos_trigger import CosmosListener


def listen(host: "BindingHost", function: "FunctionInfo") -> "CosmosListener":
    """The listener of a Cosmos-triggered function; ValueError when its binding is none."""
    from .cosmos_trigger import listener_of

    return listener_of(host, function)


async def write(invocation: "Invocation", binding: dict[str, Any], value: Value) -> None:
    """Upserts what a function gave, one document after the other, as Azure does: those before one that fails stay."""
    documents = documents_of(value)
    target, hub = target_of(binding), cosmos_hub_of(invocation.host)
    container = await hub.container(target)
    for document in documents:
        stored = await _upserted(hub, target, binding, container, with_id(document) if is_v3(binding) else document)
        hub.wrote(target, stored, invocation.traceparent)
        await _tell(invocation, binding, target, container, stored)


async def _upserted(
    hub: CosmosHub, target: CosmosTarget, binding: dict[str, Any], container: "ContainerProxy", document: Document
) -> Document:
    """The document as it is stored; the container is made first when it is missing and the binding says so."""
    from azure.core.exceptions import AzureError
    from azure.cosmos.exceptions import CosmosResourceNotFoundError

    try:
        try:
            return dict(await container.upsert_item(document))
        except CosmosResourceNotFoundError as error:
            if not binding.get("createIfNotExists"):
                raise CosmosBindingError(
                    f"The container '{target.container}' (in database '{target.database}') does not exist. "
                    "To automatically create the container, set 'CreateIfNotExists' to 'true'."
                ) from error
            throughput = given(binding, "containerThroughput", "collectionThroughput")
            await make_container(await hub.client(target.connection), target, binding.get("partitionKey"), throughput)
            return dict(await container.upsert_item(document))
    except AzureError as error:
        raise explained(error, target.path) from error


async def _tell(
    invocation: "Invocation", binding: dict[str, Any], target: CosmosTarget, container: "ContainerProxy", stored: Any
) -> None:
    from azure.core.exceptions import AzureError

    try:
        paths = await cosmos_hub_of(invocation.host).key_paths(target, container)
    except AzureError:  # it is written, which is what counts; the key is only to show
        paths = ()
    written(
        invocation, binding, f"{target.path}/{stored['id']}", database=target.database, container=target.container,
        document_id=str(stored["id"]), etag=str(stored.get("_etag")), partition_key=key_text(stored, paths),
    )  # fmt: skip


async def read(invocation: "Invocation", binding: dict[str, Any]) -> Value:
    """What an input binding gives: the document with its `id` (None when there is none), else what its query finds."""
    from azure.core.exceptions import AzureError

    target = target_of(binding)
    query, id = given(binding, "sqlQuery"), given(binding, "id")
    if query and id:
        raise CosmosBindingError("Only one of 'SqlQuery' and 'Id' can be specified.")
    container = await cosmos_hub_of(invocation.host).container(target)
    try:
        if id:
            return value_of(await _point_read(container, str(id), binding.get("partitionKey")))
        return value_of(await _found(container, query, binding.get("partitionKey"), invocation))
    except AzureError as error:
        raise explained(error, target.path) from error


async def _point_read(container: "ContainerProxy", id: str, key: str | None) -> Document | None:
    """The document; without a key, the one that has none. A missing container is a missing document, as in Azure."""
    from azure.cosmos.exceptions import CosmosResourceNotFoundError
    from azure.cosmos.partition_key import NonePartitionKeyValue

    try:
        return dict(await container.read_item(id, NonePartitionKeyValue if key is None else key))
    except CosmosResourceNotFoundError:
        return None


async def _found(
    container: "ContainerProxy", query: str | None, key: str | None, invocation: "Invocation"
) -> list[Document]:
    """What the query finds, in the partition of `key` if there is one; without a query, every document there."""
    text, parameters = as_parameters(query, invocation.data) if query else ("SELECT * FROM c", [])
    scope: dict[str, Any] = {"partition_key": key} if key is not None else {}
    return [one async for one in container.query_items(text, parameters=parameters, **scope)]
