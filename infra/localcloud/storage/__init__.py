"""Azure Storage on this laptop: Azurite from npm, with blob, queue and table on loopback ports."""

from .azurite import (
    ACCOUNT,
    KEY,
    OLDEST_NODE,
    Azurite,
    Ports,
    StorageError,
    command,
    connection_string,
    environment,
    node,
    node_modules,
)

__all__ = [
    "ACCOUNT",
    "KEY",
    "OLDEST_NODE",
    "Azurite",
    "Ports",
    "StorageError",
    "command",
    "connection_string",
    "environment",
    "node",
    "node_modules",
]
