"""Storage accounts: one Azurite has them all, each with its own keys. It starts with the first account."""

import asyncio
import base64
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.loopback import LOOPBACK
from localcloud.storage.azurite import Azurite, StorageError, connection_string
from localcloud.storage.azurite import Ports as AzuritePorts

from ..effects import Body, Keys
from ..errors import EffectFailed

if TYPE_CHECKING:
    from .effects import Ports

SERVICES = ("blob", "queue", "table")
OURS = "campownaccount"  # Azurite without any account would answer to the published one


class StorageAccounts:
    """Data in `folder` or, for None, in memory."""

    def __init__(self, folder: Path | None, ports: "Ports") -> None:
        self._folder = folder
        self._ports = ports
        self._keys: dict[str, Keys] = {}
        self._own = base64.b64encode(secrets.token_bytes(64)).decode()
        self._azurite: Azurite | None = None
        self._turn = asyncio.Lock()
        self._known: dict[str, _Clients] = {}

    async def warm(self) -> None:
        """Starts Azurite before there is an account: the first one need not wait for it then."""
        async with self._turn:
            await self._start_once()

    async def _start_once(self) -> None:
        if self._azurite is None:
            await asyncio.gather(self._start(), asyncio.to_thread(_load_clients))

    async def open(self, account: str, keys: Keys) -> None:
        async with self._turn:
            self._keys[account] = keys
            if self._azurite is None:
                await self._start_once()
            elif not self._azurite.alive:
                await self._restart()
            else:
                await self._tell()

    async def close(self, account: str) -> None:
        if account not in self._keys:
            return
        for kind in ("queues", "containers", "tables"):
            for name in await self.names(account, kind):
                await self.remove(account, kind, name)
        async with self._turn:
            await self._forget(account)
            self._keys.pop(account, None)
            await self._tell()

    def endpoint(self, account: str, service: str) -> str:
        port = getattr(self._azurite.ports, service) if self._azurite else 0
        return f"http://{LOOPBACK}:{port}/{account}"

    async def names(self, account: str, kind: str) -> list[str]:
        async with self._clients(account) as clients:
            listing = clients.lists()[kind]
            return sorted([one.name async for one in listing()])

    async def read(self, account: str, kind: str, name: str) -> Body | None:
        from azure.core.exceptions import ResourceNotFoundError

        async with self._clients(account) as clients:
            try:
                if kind == "tables":
                    tables = [one async for one in clients.tables.query_tables(f"TableName eq '{name}'")]
                    return {} if tables else None
                if kind == "queues":
                    properties = await clients.queues.get_queue_client(name).get_queue_properties()
                    return {"metadata": properties.metadata or {}}
                found = await clients.containers.get_container_client(name).get_container_properties()
                return {"metadata": found.metadata or {}, "publicAccess": _shown(found.public_access)}
            except ResourceNotFoundError:
                return None

    async def make(self, account: str, kind: str, name: str, body: Body) -> None:
        metadata = body.get("metadata") or {}
        async with self._clients(account) as clients:
            if kind == "tables":
                await clients.tables.create_table_if_not_exists(name)
            elif kind == "queues":
                queue = clients.queues.get_queue_client(name)
                await _there_already(queue.create_queue(metadata=metadata))
                await queue.set_queue_metadata(metadata)
            else:
                container = clients.containers.get_container_client(name)
                await _there_already(container.create_container())
                await container.set_container_metadata(metadata)
                await container.set_container_access_policy({}, public_access=_asked(body.get("publicAccess")))

    async def remove(self, account: str, kind: str, name: str) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        async with self._clients(account) as clients:
            with contextlib.suppress(ResourceNotFoundError):
                if kind == "tables":
                    await clients.tables.delete_table(name)
                elif kind == "queues":
                    await clients.queues.delete_queue(name)
                else:
                    await clients.containers.delete_container(name)

    async def stop(self) -> None:
        for account in list(self._known):
            await self._forget(account)
        if azurite := self._azurite:
            self._azurite = None
            await asyncio.to_thread(azurite.stop)

    async def _start(self) -> None:
        await self._ports.freed(SERVICES)
        wanted = AzuritePorts(*(self._ports.wanted(service) for service in SERVICES))
        azurite = Azurite(self._folder, memory=self._folder is None, ports=wanted, accounts=self._accounts())
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
        try:
            await asyncio.to_thread(azurite.start)
        except (StorageError, OSError) as error:
            raise EffectFailed(str(error)) from error
        self._azurite = azurite
        for service in SERVICES:
            await self._ports.took(service, getattr(azurite.ports, service))

    async def _restart(self) -> None:
        """Its process has died: the accounts and (in a folder) their data are still there, on the same ports."""
        for account in list(self._known):
            await self._forget(account)
        assert self._azurite is not None
        await asyncio.to_thread(self._azurite.stop)
        await self._start()

    async def _tell(self) -> None:
        assert self._azurite is not None
        try:
            await asyncio.to_thread(self._azurite.change_accounts, self._accounts())
        except StorageError as error:
            raise EffectFailed(str(error)) from error

    def _accounts(self) -> dict[str, str]:
        return {OURS: self._own, **{name: f"{keys.primary}:{keys.secondary}" for name, keys in self._keys.items()}}

    @contextlib.asynccontextmanager
    async def _clients(self, account: str) -> "AsyncIterator[_Clients]":
        """Of one account; what they raise but for what is not there becomes EffectFailed."""
        from azure.core.exceptions import AzureError, ResourceNotFoundError

        if self._azurite is None or account not in self._keys:
            raise EffectFailed(f"the storage account {account} is not open")
        async with self._turn:
            if not self._azurite.alive:
                await self._restart()
        if account not in self._known:
            self._known[account] = _Clients(
                connection_string(self._azurite.ports, account, self._keys[account].primary)
            )
        try:
            yield self._known[account]
        except ResourceNotFoundError:
            raise
        except AzureError as error:
            raise EffectFailed(f"the storage account {account}: {error}") from error

    async def _forget(self, account: str) -> None:
        if clients := self._known.pop(account, None):
            await clients.close()


class _Clients:
    """The three clients of one account."""

    def __init__(self, connection: str) -> None:
        from azure.data.tables.aio import TableServiceClient
        from azure.storage.blob.aio import BlobServiceClient
        from azure.storage.queue.aio import QueueServiceClient

        impatient: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 10}
        self.queues = QueueServiceClient.from_connection_string(connection, **impatient)
        self.containers = BlobServiceClient.from_connection_string(connection, **impatient)
        self.tables = TableServiceClient.from_connection_string(connection, **impatient)

    def lists(self) -> dict[str, Any]:
        return {
            "queues": self.queues.list_queues,
            "containers": self.containers.list_containers,
            "tables": self.tables.list_tables,
        }

    async def close(self) -> None:
        await asyncio.gather(self.queues.close(), self.containers.close(), self.tables.close())


def _load_clients() -> None:
    """Imports what takes half a second, in a thread, while Azurite starts."""
    import azure.data.tables.aio
    import azure.storage.blob.aio
    import azure.storage.queue.aio  # noqa: F401


async def _there_already(making: Awaitable[Any]) -> None:
    from azure.core.exceptions import ResourceExistsError

    with contextlib.suppress(ResourceExistsError):
        await making


def _shown(access: str | None) -> str:
    """Public access as Resource Manager writes it."""
    return {"container": "Container", "blob": "Blob"}.get(str(access), "None")


def _asked(access: str | None) -> str | None:
    return None if access in (None, "None") else access.lower()
