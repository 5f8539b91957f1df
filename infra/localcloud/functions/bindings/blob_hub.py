"""What the blob bindings of one host share: wake-ups of listeners, and which trace wrote which version of a blob."""

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from ..loading.settings import connection
from .blob_path import BlobPath
from .storage_clients import clients_of

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobServiceClient

    from .binding_host import BindingHost

KEPT_TRACES = 10_000


class BlobHub:
    """One a host. A write through it wakes the same host's listeners on that container at once, as in Azure."""

    def __init__(self, host: "BindingHost") -> None:
        self._host = host
        self._arrivals: dict[tuple[str, str], set[asyncio.Event]] = {}
        self._traces: OrderedDict[tuple[str, str], str] = OrderedDict()

    def service(self, name: str | None) -> "BlobServiceClient":
        """The blob service of the connection called `name`; SettingsError when it leads nowhere."""
        return clients_of(self._host).blobs(connection(name, self._host.settings, "blob"))

    def arrival(self, service: "BlobServiceClient", container: str) -> asyncio.Event:
        """A new event, set whenever this host writes a blob to `container`."""
        arrival = asyncio.Event()
        self._arrivals.setdefault((service.url, container), set()).add(arrival)
        return arrival

    def forget(self, arrival: asyncio.Event) -> None:
        """Sets the event no more."""
        for arrivals in self._arrivals.values():
            arrivals.discard(arrival)

    async def write(self, service: "BlobServiceClient", path: BlobPath, content: bytes, traceparent: str) -> str:
        """Stores the blob over what was there, makes its container when missing, wakes listeners; its ETag."""
        blob = service.get_blob_client(path.container, path.name)
        try:
            answer = await blob.upload_blob(content, overwrite=True)
        except ResourceNotFoundError:
            await make_container(service, path.container)
            answer = await blob.upload_blob(content, overwrite=True)
        etag = bare(answer["etag"])
        self._traces[str(path), etag] = traceparent
        while len(self._traces) > KEPT_TRACES:
            self._traces.popitem(last=False)
        for arrival in self._arrivals.get((service.url, path.container), ()):
            arrival.set()
        return etag

    def trace_of(self, path: BlobPath, etag: str) -> str | None:
        """The traceparent of the invocation that wrote this version; None for one that came another way."""
        return self._traces.get((str(path), etag))


async def make_container(service: "BlobServiceClient", container: str) -> None:
    """Makes the container; nothing happens when it is there."""
    try:
        await service.create_container(container)
    except ResourceExistsError:
        return


def bare(etag: object) -> str:
    """An ETag without its quotes: a listing gives it without, everything else with them."""
    return str(etag).strip('"')


_HUBS: "WeakKeyDictionary[BindingHost, BlobHub]" = WeakKeyDictionary()


def blob_hub_of(host: "BindingHost") -> BlobHub:
    """The hub of `host`, made on first use."""
    if host not in _HUBS:
        _HUBS[host] = BlobHub(host)
    return _HUBS[host]
