"""What a page declares, and what it is given."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from aiohttp import web

Words = Mapping[str, str]


class Api(Protocol):
    """A part of the JSON API."""

    def routes(self) -> "list[web.RouteDef]": ...

    async def close(self) -> None: ...


class Shared(Protocol):
    """Something that pages use together, such as the client of a service."""

    @classmethod
    def of(cls, connections: "Connections") -> Any:
        """One of this class, from the settings; it does nothing yet."""

    async def open(self) -> None:
        """Called before the portal answers."""

    async def close(self) -> None:
        """Called once the portal answers no more."""


Kind = TypeVar("Kind", bound=Shared)


@dataclass(frozen=True)
class Option:
    """A setting that the command line may give in place of the environment."""

    flag: str  # such as `--mail-port`
    setting: str  # its name in the environment, such as `CAMP_MAIL_PORT`
    metavar: str
    kind: Callable[[str], Any] = str  # raises ValueError for what it is not
    required: bool = False  # whether the pages of its service need it


@dataclass(frozen=True)
class Page:
    """One page. Importing its module must be cheap: `apis` and `words` import what they need."""

    name: str  # of its folder
    path: str  # its address below the portal's; "" is the start page
    title: Callable[[], str]  # in the navigation, in the reader's language
    service: str  # whom it shows
    folder: Path
    apis: "Callable[[Connections], Sequence[Api]]"
    words: Callable[[], Words]  # what its script says
    options: tuple[Option, ...] = ()


class Connections:
    """What leads to the services: settings by name, and one object of each `Shared` class."""

    def __init__(self, settings: Mapping[str, str], folder: Path, services: Collection[str] | None = None) -> None:
        self.settings = settings
        self.folder = folder  # for files that outlive the portal
        self._services = services
        self._shared: dict[type[Any], Any] = {}

    def has(self, service: str) -> bool:
        """Whether a service runs; without a list of them, all do."""
        return self._services is None or service in self._services

    def setting(self, name: str) -> str:
        """A setting; empty when nobody gave it."""
        return self.settings.get(name, "")

    def shared(self, kind: type[Kind]) -> Kind:
        """The object of this class, made at the first use."""
        if kind not in self._shared:
            self._shared[kind] = kind.of(self)
        found: Kind = self._shared[kind]
        return found

    async def open(self) -> None:
        """Opens what was made until now, in that order."""
        for one in list(self._shared.values()):
            await one.open()

    async def close(self) -> None:
        """Closes all, the last first."""
        for one in reversed(list(self._shared.values())):
            await one.close()
