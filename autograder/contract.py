"""The contract between a learner's app and the camp: the database and the containers that are there before it starts.

Their throughput is high enough that no honest app is refused requests by accident, and low enough for one physical
partition.
"""

from localcloud.functions.bindings.cosmos_names import parts_of

DATABASE = "camp"
CONTAINERS = {"messages": "/channel", "counters": "/id", "reports": "/id", "deadletters": "/id"}
THROUGHPUT = 4_000
SERVICE = "cosmos"
SETTING = "CosmosDbConnection"

# Published for Microsoft's emulator, and the key of ours: https://learn.microsoft.com/azure/cosmos-db/emulator
EMULATOR_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="


def container_options() -> list[str]:
    """The containers as the emulator's command line takes them: `camp/messages=/channel@4000`."""
    return [f"{DATABASE}/{name}={key}@{THROUGHPUT}" for name, key in CONTAINERS.items()]


def connection_string(endpoint: str, key: str) -> str:
    """What goes into the setting `CosmosDbConnection`."""
    return f"AccountEndpoint={endpoint.rstrip('/')}/;AccountKey={key};"


def endpoint_of(connection: str) -> str:
    """The endpoint in a connection string; empty when it has none."""
    return parts_of(connection).get("accountendpoint", "")
