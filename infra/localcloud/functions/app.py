"""An app as it was read last: its settings, host.json, functions, routes and keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .hostjson import HostJson
from .index import Index
from .keys import Keys
from .routes import RouteTable


@dataclass
class App:
    """`failure` says why nothing of it runs: file, line and mend."""

    settings: Mapping[str, str] = field(default_factory=dict)
    config: HostJson = field(default_factory=HostJson)
    index: Index = field(default_factory=Index)
    routes: RouteTable = field(default_factory=lambda: RouteTable([]))
    keys: Keys = field(default_factory=lambda: Keys.make([]))
    failure: str | None = None

    @property
    def errors(self) -> list[str]:
        """Why the app, or some of its functions, do not run."""
        return [*([self.failure] if self.failure else []), *self.index.errors]
