"""What resources make in the local cloud. The model decides; what is behind this interface does.

Whatever is made may be made again and whatever is taken away may be gone already: after a crash the model repeats
what it does not know to be done. EffectFailed when something cannot be done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Body = dict[str, Any]


@dataclass(frozen=True)
class Keys:
    """The keys of an account, base64."""

    primary: str
    secondary: str
    readonly: str = ""  # Cosmos DB's


@dataclass(frozen=True)
class Site:
    """A function app or one of its slots, as whoever runs it needs it."""

    id: str
    name: str
    slot: str | None
    runtime: str  # linuxFxVersion, such as Python|3.11
    enabled: bool
    profiles: bool  # whether its publish profile may be used
    settings: Mapping[str, str]  # with references and public addresses resolved


class StorageEffects(Protocol):
    """Storage accounts with queues, blob containers and tables; `kind` is queues, containers or tables."""

    async def open(self, account: str, keys: Keys) -> None: ...

    async def close(self, account: str) -> None:
        """The account is gone, with all that is in it."""

    def endpoint(self, account: str, service: str) -> str:
        """Where an open account's blob, queue or table service answers, without a slash at the end."""

    async def names(self, account: str, kind: str) -> list[str]: ...

    async def read(self, account: str, kind: str, name: str) -> Body | None:
        """Its metadata (and public access), or None when it is not there."""

    async def make(self, account: str, kind: str, name: str, body: Body) -> None: ...

    async def remove(self, account: str, kind: str, name: str) -> None: ...


class CosmosEffects(Protocol):
    """Cosmos DB accounts; bodies are those of the service's own protocol, `options` has throughput."""

    async def open(self, account: str, keys: Keys) -> None: ...

    async def close(self, account: str) -> None: ...

    def endpoint(self, account: str) -> str: ...

    async def databases(self, account: str) -> list[str]: ...

    async def read_database(self, account: str, database: str) -> Body | None: ...

    async def make_database(self, account: str, database: str, options: Body) -> None: ...

    async def remove_database(self, account: str, database: str) -> None: ...

    async def containers(self, account: str, database: str) -> list[str]: ...

    async def read_container(self, account: str, database: str, container: str) -> Body | None: ...

    async def make_container(self, account: str, database: str, body: Body, options: Body) -> None:
        """Or changes it, where it may be changed; EffectFailed with the service's words where it may not."""

    async def remove_container(self, account: str, database: str, container: str) -> None: ...

    async def set_throughput(self, account: str, database: str, container: str | None, options: Body) -> None: ...


class SiteEffects(Protocol):
    """Function apps and their slots."""

    async def put(self, site: Site) -> None: ...

    async def remove(self, id: str) -> None: ...


class Effects(Protocol):
    """All of them."""

    @property
    def storage(self) -> StorageEffects: ...

    @property
    def cosmos(self) -> CosmosEffects: ...

    @property
    def sites(self) -> SiteEffects: ...

    async def stop(self) -> None:
        """Ends what runs; what is stored stays."""
