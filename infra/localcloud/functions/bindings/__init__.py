"""Which binding types this host serves: listeners start functions, outputs write what functions give.

A listener factory gets the host and a function and returns an object with `start` and `stop`. An input reader gets the
invocation and the binding (expressions filled in). An output writer gets the value too, and records what it wrote.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..worker.values import Value

if TYPE_CHECKING:
    from ..invocation import Invocation
    from ..loading.index import FunctionInfo
    from .binding_host import BindingHost


class Listener(Protocol):
    """Waits for what triggers a function."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@runtime_checkable
class Finishing(Protocol):
    """A listener that can leave to another what comes, and finish what it has."""

    async def close(self) -> None:
        """Takes nothing any more."""

    async def finish(self, seconds: float) -> None:
        """Waits so long for what is in flight, then gives it back."""


@runtime_checkable
class Sharing(Protocol):
    """A listener that shares leases with others, each of which has a name."""

    name: str


@runtime_checkable
class Killable(Protocol):
    """A listener that can end as a killed process does."""

    async def kill(self) -> None: ...


ListenerFactory = Callable[["BindingHost", "FunctionInfo"], Listener]
InputReader = Callable[["Invocation", dict[str, Any]], Awaitable[Value]]
OutputWriter = Callable[["Invocation", dict[str, Any], Value], Awaitable[None]]

WITHOUT_LISTENER = frozenset({"httptrigger", "warmuptrigger", "eventgridtrigger"})  # an HTTP request runs these


def listener_for(binding_type: str) -> ListenerFactory | None:
    """The factory for a trigger type (any case); None when nothing here listens for it."""
    match binding_type.lower():
        case "queuetrigger":
            from . import queue_binding

            return queue_binding.listen
        case "timertrigger":
            from . import timer_binding

            return timer_binding.listen
        case "blobtrigger":
            from . import blob_binding

            return blob_binding.listen
        case "cosmosdbtrigger":
            from . import cosmos_binding

            return cosmos_binding.listen
    return None


def input_for(binding_type: str) -> InputReader | None:
    """The reader for an input type (any case); None when there is no such service here."""
    match binding_type.lower():
        case "blob":
            from . import blob_binding

            return blob_binding.read
        case "table":
            from . import table_binding

            return table_binding.read
        case "cosmosdb":
            from . import cosmos_binding

            return cosmos_binding.read
    return None


def output_for(binding_type: str) -> OutputWriter | None:
    """The writer for an output type (any case); None when there is no such service here."""
    match binding_type.lower():
        case "queue":
            from . import queue_binding

            return queue_binding.write
        case "blob":
            from . import blob_binding

            return blob_binding.write
        case "table":
            from . import table_binding

            return table_binding.write
        case "cosmosdb":
            from . import cosmos_binding

            return cosmos_binding.write
    return None
