"""The blob and table clients of one host, one a connection; the libraries are imported when a binding needs them."""

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from localcloud.messages import _

from ..loading.settings import Connection, SettingsError

if TYPE_CHECKING:
    from azure.data.tables.aio import TableServiceClient
    from azure.storage.blob.aio import BlobServiceClient

    from .binding_host import BindingHost

RETRIES = 2


class StorageClients:
    """Opened on first use; `close` ends them all."""

    def __init__(self) -> None:
        self._blobs: dict[str, BlobServiceClient] = {}
        self._tables: dict[str, TableServiceClient] = {}

    def blobs(self, connection: Connection) -> "BlobServiceClient":
        """The blob service that `connection` leads to; SettingsError when it is no connection string."""
        if connection.text not in self._blobs:
            from azure.storage.blob.aio import BlobServiceClient

            try:
                self._blobs[connection.text] = BlobServiceClient.from_connection_string(
                    _text(connection), retry_total=RETRIES, initial_backoff=1, increment_base=1
                )
            except ValueError as error:
                raise _not_one(connection) from error
        return self._blobs[connection.text]

    def tables(self, connection: Connection) -> "TableServiceClient":
        """The table service that `connection` leads to; SettingsError when it is no connection string."""
        if connection.text not in self._tables:
            from azure.data.tables.aio import TableServiceClient

            try:
                self._tables[connection.text] = TableServiceClient.from_connection_string(
                    _text(connection), retry_total=RETRIES
                )
            except ValueError as error:
                raise _not_one(connection) from error
        return self._tables[connection.text]

    async def close(self) -> None:
        for blobs in self._blobs.values():
            await blobs.close()
        for tables in self._tables.values():
            await tables.close()
        self._blobs.clear()
        self._tables.clear()


def _text(connection: Connection) -> str:
    if connection.identity:
        raise SettingsError(
            _(
                "{setting} is an identity-based connection: it needs a Microsoft Entra token, which this computer does "
                "not have. Use a connection string here, such as UseDevelopmentStorage=true."
            ).format(setting=connection.setting)
        )
    return connection.text


def _not_one(connection: Connection) -> SettingsError:
    return SettingsError(
        _(
            "{setting} is not a storage connection string. Expected AccountName=...;AccountKey=...;... or "
            "UseDevelopmentStorage=true."
        ).format(setting=connection.setting)
    )


_CLIENTS: "WeakKeyDictionary[BindingHost, StorageClients]" = WeakKeyDictionary()


def clients_of(host: "BindingHost") -> StorageClients:
    """The clients of `host`, made on first use and closed when it stops."""
    if host not in _CLIENTS:
        _CLIENTS[host] = StorageClients()
        host.at_stop(_CLIENTS[host].close)
    return _CLIENTS[host]
