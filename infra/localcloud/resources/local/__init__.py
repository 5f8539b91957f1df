"""The effects of resources in this laptop's cloud: storage accounts on Azurite, Cosmos DB accounts on our emulator."""

from .effects import LocalEffects
from .running import running

__all__ = ["LocalEffects", "running"]
