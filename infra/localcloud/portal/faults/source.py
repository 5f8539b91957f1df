"""Where faults come from: every service that knows some has a source, and the page lists what they know."""

from collections.abc import Mapping
from typing import Any, Protocol


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
