"""What a lab has in its Cosmos DB account, and how an app names the account."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DATABASE = "camp"
# High enough that no honest app is refused requests by accident, and low enough for one physical partition.
THROUGHPUT = 4_000


@dataclass(frozen=True)
class Prepared:
    """The containers that are there before the app starts: the key path of each, by name."""

    containers: Mapping[str, str] = field(default_factory=dict)

    def options(self) -> list[str]:
        """The containers as the emulator's command line takes them: `camp/messages=/channel@4000`."""
        return [f"{DATABASE}/{name}={key}@{THROUGHPUT}" for name, key in self.containers.items()]


def connection_string(endpoint: str, key: str) -> str:
    """What goes into the setting `CosmosDbConnection`."""
    return f"AccountEndpoint={endpoint.rstrip('/')}/;AccountKey={key};"
