"""An app as it was read last: its settings, host.json, functions, routes and keys."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from localcloud.messages import _

from ..http.keys import Keys
from ..http.routes import RouteTable
from .hostjson import HostJson
from .index import Index

RETRIED = frozenset({"timertrigger", "eventhubtrigger", "cosmosdbtrigger", "kafkatrigger"})


@dataclass
class App:
    """`failure` says why nothing of it runs: file, line and mend. `old_functions` are files of the v1 model in it."""

    settings: Mapping[str, str] = field(default_factory=dict)
    config: HostJson = field(default_factory=HostJson)
    index: Index = field(default_factory=Index)
    routes: RouteTable = field(default_factory=lambda: RouteTable([]))
    keys: Keys = field(default_factory=lambda: Keys.make([]))
    failure: str | None = None
    old_functions: tuple[str, ...] = ()

    @property
    def errors(self) -> list[str]:
        """Why the app, or some of its functions, do not run."""
        return [*([self.failure] if self.failure else []), *self.index.errors]

    def said(self) -> Iterator[tuple[str, str]]:
        """What the host says of it once it is read: lines with their levels."""
        for error in self.errors:
            yield error, "ERROR"
        if unread := (*self.config.unread, *(self.old_functions if not self.failure else ())):
            names = ", ".join(unread)
            yield (
                _("Not read here, though it is in the app or its settings: {names}.").format(names=names),
                "WARNING",
            )
        for function in self.index.functions.values():
            kind = str(function.trigger["type"])
            if function.retry and kind.lower() not in RETRIED:
                yield (
                    f"Soon retries will not be supported for function '{function.name}'. For more information, please "
                    "visit http://aka.ms/func-retry-policies. "
                    + _(
                        "On Azure @app.retry is meant for timer, Event Hubs, Cosmos DB and Kafka triggers, not {type}."
                    ).format(type=kind),
                    "WARNING",
                )
        if self.index.functions:
            names = ", ".join(f"Host.Functions.{name}" for name in self.index.functions)
            yield f"Found the following functions: {names}. Job host started", "INFO"
        else:
            yield "No job functions found. Try making your job classes and methods public.", "WARNING"
