"""Where faults come from: every service that knows some has a source, and the page lists what they know.

`NAMES` has the folders whose modules `faults` have the sources of their services.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from ..page import Connections

NAMES = ("functions", "chat", "engine", "aws")


class Source(Protocol):
    """The faults of one service."""

    name: str

    def title(self) -> str:
        """What goes wrong there, for a person."""

    async def state(self) -> Mapping[str, Any]:
        """`kinds` (name, says, takes, needs) and the `active` ones; Refused when the service does not answer."""

    async def inject(self, name: str, fields: Mapping[str, Any]) -> None:
        """Begins a fault; Refused says why not."""

    async def end(self, name: str, target: str) -> None:
        """Ends a fault; Refused when it is over already."""


def sources(connections: Connections) -> list[Source]:
    """Those of the services that run."""
    found: list[Source] = []
    for name in NAMES:
        found += import_module(f"localcloud.portal.{name}.faults").sources(connections)
    return found
