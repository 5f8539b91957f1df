"""A Cosmos DB account in place of the camp's emulator: Microsoft's emulator, or a real one on Azure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.cloud import StandInUnusable
from localcloud.functions.bindings.cosmos_names import is_key, parts_of
from localcloud.messages import _

from .auth import EMULATOR_KEY
from .prepared import DATABASE, Prepared, connection_string

if TYPE_CHECKING:
    from azure.cosmos import DatabaseProxy

SECONDS_TO_CONNECT = 5


@dataclass(frozen=True)
class CosmosAccount:
    """Where an account is, and its key."""

    endpoint: str
    key: str

    @property
    def connection_string(self) -> str:
        return connection_string(self.endpoint, self.key)

    def prepare(self, prepared: Prepared) -> list[str]:
        """Makes the database and a lab's containers where they are missing, and returns what it made (`camp/messages`).

        StandInUnusable when the account does not answer, refuses the key, or has a container with another key.
        """
        from azure.core.exceptions import AzureError
        from azure.cosmos import CosmosClient

        try:
            with CosmosClient(self.endpoint, self.key, connection_timeout=SECONDS_TO_CONNECT) as client:
                database = client.create_database_if_not_exists(DATABASE)
                return [
                    f"{DATABASE}/{name}" for name, key in prepared.containers.items() if self._made(database, name, key)
                ]
        except (AzureError, ValueError) as error:
            raise StandInUnusable(self._why(error)) from error

    def _made(self, database: "DatabaseProxy", name: str, key: str) -> bool:
        from azure.cosmos import PartitionKey
        from azure.cosmos.exceptions import CosmosResourceNotFoundError

        try:
            found = database.get_container_client(name).read()
        except CosmosResourceNotFoundError:
            database.create_container(name, PartitionKey(key))
            return True
        paths = (found.get("partitionKey") or {}).get("paths") or []
        if paths != [key]:
            raise StandInUnusable(
                _(
                    "The container {path} on {endpoint} has the partition key {seen}; the labs need {expected}. "
                    "A partition key cannot be changed: delete that container, or use another account."
                ).format(
                    path=f"{DATABASE}/{name}",
                    endpoint=self.endpoint,
                    seen=", ".join(paths) or "-",
                    expected=key,
                )
            )
        return False

    def _why(self, error: Any) -> str:
        status = getattr(error, "status_code", None)
        message = str(getattr(error, "message", None) or error).strip().splitlines()[0][:300]
        if status == 401 or isinstance(error, ValueError):
            return _(
                "{endpoint} refuses the key: {message} Give the account's key by --cosmos-key or COSMOS_KEY."
            ).format(endpoint=self.endpoint, message=message)
        if status is None:
            return _(
                "No Cosmos DB account answers at {endpoint}: {message} Is it running, and is the address right?"
            ).format(endpoint=self.endpoint, message=message)
        return _("{endpoint} cannot be used for the labs ({status}): {message}").format(
            endpoint=self.endpoint, status=status, message=message
        )


def account_of(given: str, key: str | None) -> CosmosAccount:
    """The account that an endpoint or a connection string names; without a key it is that of the emulators.

    StandInUnusable when it is neither.
    """
    parts = parts_of(given)
    key = key or parts.get("accountkey") or EMULATOR_KEY
    if not is_key(key):
        raise StandInUnusable(
            _("The key of {endpoint} is not base64: copy it whole.").format(endpoint=given.split(";")[0])
        )
    if "accountendpoint" in parts:
        return CosmosAccount(parts["accountendpoint"], key)
    if not given.lower().startswith(("http://", "https://")):
        raise StandInUnusable(
            _("{given} is neither an endpoint (http://... or https://...) nor a Cosmos DB connection string.").format(
                given=given
            )
        )
    return CosmosAccount(given, key)
