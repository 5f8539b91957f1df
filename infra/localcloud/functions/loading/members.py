"""Which members of host.json this host reads, how they are spelled, and which it does not. Pure functions."""

from collections.abc import Iterator, Mapping
from typing import Any

Tree = Mapping[str, Any]

ALL: Tree = {}  # whatever is below is read, or means the same everywhere
READ: Tree = {
    "version": ALL,
    "isDefaultHostConfig": ALL,
    "$schema": ALL,
    "functionTimeout": ALL,
    "functions": ALL,
    "retry": ALL,
    "watchFiles": ALL,
    "watchDirectories": ALL,
    "fileWatchingEnabled": ALL,
    "extensionBundle": {"id": ALL, "version": ALL},
    "logging": {"logLevel": ALL},
    "extensions": {
        "http": {"routePrefix": ALL, "customHeaders": ALL, "hsts": ALL},  # hsts is for HTTPS alone
        "queues": {
            "batchSize": ALL,
            "newBatchThreshold": ALL,
            "maxDequeueCount": ALL,
            "visibilityTimeout": ALL,
            "maxPollingInterval": ALL,
            "messageEncoding": ALL,
        },
        "blobs": {"maxDegreeOfParallelism": ALL, "poisonBlobThreshold": ALL},
        "cosmosDB": {"connectionMode": ALL, "leaseOptions": {"leasePrefix": ALL}},
    },
}
# What the real host or its worker reads from app settings, and this one does not.
UNREAD_SETTINGS = (
    "APPINSIGHTS_INSTRUMENTATIONKEY",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "AzureWebJobsFeatureFlags",
    "AzureWebJobsSecretStorageType",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
    "PYTHON_ENABLE_INIT_INDEXING",
    "PYTHON_ENABLE_OPENTELEMETRY",
    "PYTHON_ENABLE_WORKER_EXTENSIONS",
    "PYTHON_ISOLATE_WORKER_DEPENDENCIES",
    "languageWorkers__python__arguments",
)


def spelled(data: Mapping[str, Any], tree: Tree = READ) -> dict[str, Any]:
    """The same members as the documentation spells them: the host reads them in any case."""
    known = {name.lower(): name for name in tree}
    found = {}
    for given, value in data.items():
        name = known.get(given.lower(), given)
        below = tree.get(name, ALL)
        found[name] = spelled(value, below) if below and isinstance(value, dict) else value
    return found


def unread(data: Mapping[str, Any], settings: Mapping[str, str]) -> tuple[str, ...]:
    """The members of host.json, as `spelled`, and the app settings that have no effect here."""
    given = {name.lower().replace(":", "__") for name, value in settings.items() if value}
    return (*_unread(data, READ, ""), *(name for name in UNREAD_SETTINGS if name.lower() in given))


def _unread(data: Mapping[str, Any], tree: Tree, path: str) -> Iterator[str]:
    for name, value in data.items():
        if name not in tree:
            yield path + name
        elif tree[name] and isinstance(value, dict):
            yield from _unread(value, tree[name], f"{path}{name}.")
