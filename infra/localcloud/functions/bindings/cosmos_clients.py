"""The Cosmos DB clients of one host, one an account; the library is imported when a binding needs it."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from localcloud.messages import _

from ..loading.settings import SettingsError
from .cosmos_error import explained
from .cosmos_names import CosmosTarget, connection_string, parts_of

if TYPE_CHECKING:
    from azure.cosmos.aio import ContainerProxy, CosmosClient

    from .binding_host import BindingHost

KEPT_TRACES = 10_000
REQUESTS = logging.getLogger("localcloud.cosmos_requests")  # the library would put every header into the host's log
REQUESTS.setLevel(logging.WARNING)


class CosmosHub:
    """One a host: open clients, the partition key paths of containers, and which trace wrote which version of a
    document."""

    def __init__(self, host: "BindingHost") -> None:
        self._host = host
        self._clients: dict[str, CosmosClient] = {}
        self._opening = asyncio.Lock()
        self._paths: dict[tuple[str, str], tuple[str, ...]] = {}
        self._traces: OrderedDict[tuple[str, str, str], str] = OrderedDict()

    async def client(self, connection: str) -> "CosmosClient":
        """The account that the connection called `connection` leads to. SettingsError when it leads nowhere,
        CosmosBindingError when the account does not answer."""
        text = connection_string(connection, self._host.settings)
        async with self._opening:
            if text not in self._clients:
                self._clients[text] = await _opened(connection, text)
        return self._clients[text]

    async def container(self, target: CosmosTarget) -> "ContainerProxy":
        """The container that a binding names; whether it is there is not asked."""
        client = await self.client(target.connection)
        return client.get_database_client(target.database).get_container_client(target.container)

    async def key_paths(self, target: CosmosTarget, container: "ContainerProxy") -> tuple[str, ...]:
        """The container's partition key paths, asked for once. Raises azure-core's errors."""
        known = (target.connection, target.path)
        if known not in self._paths:
            properties = await container.read()
            self._paths[known] = tuple((properties.get("partitionKey") or {}).get("paths") or ())
        return self._paths[known]

    def wrote(self, target: CosmosTarget, document: Mapping[str, Any], traceparent: str) -> None:
        """Remembers which trace wrote this version of a document."""
        self._traces[_version(target, document)] = traceparent
        while len(self._traces) > KEPT_TRACES:
            self._traces.popitem(last=False)

    def trace_of(self, target: CosmosTarget, document: Mapping[str, Any]) -> str | None:
        """The traceparent of the invocation that wrote this version by a binding of this host; None when it came
        another way."""
        return self._traces.get(_version(target, document))

    async def close(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.close()


def _version(target: CosmosTarget, document: Mapping[str, Any]) -> tuple[str, str, str]:
    return target.path, str(document.get("_rid")), str(document.get("_etag"))


async def _opened(name: str, text: str) -> "CosmosClient":
    from azure.core.exceptions import AzureError
    from azure.cosmos.aio import CosmosClient

    parts = parts_of(text)
    client = CosmosClient(parts["accountendpoint"], parts["accountkey"], logger=REQUESTS)
    try:
        await client.__aenter__()
    except ValueError as error:  # the key is not base64, or the endpoint no URL
        await client.close()
        raise SettingsError(
            _("{setting} is not a Cosmos DB connection string: {error}").format(setting=name, error=error)
        ) from error
    except AzureError as error:
        await client.close()
        raise explained(error, name) from error
    return client


_HUBS: "WeakKeyDictionary[BindingHost, CosmosHub]" = WeakKeyDictionary()


def cosmos_hub_of(host: "BindingHost") -> CosmosHub:
    """The hub of `host`, made on first use and closed when it stops."""
    if host not in _HUBS:
        _HUBS[host] = CosmosHub(host)
        host.at_stop(_HUBS[host].close)
    return _HUBS[host]


def options_of(**options: Any) -> dict[str, Any]:
    """The keyword arguments that are set: the library takes None for a value."""
    return {name: value for name, value in options.items() if value is not None}
