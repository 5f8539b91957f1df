"""Which binding types this host serves: listeners start functions, outputs write what functions give.

A listener factory gets the host and a function and returns an object with `start` and `stop`; an output writer gets the
invocation, the binding (expressions filled in) and the value, and records what it wrote.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from ..worker.values import Value

if TYPE_CHECKING:
    from ..host import FunctionsHost
    from ..index import FunctionInfo
    from ..invocation import Invocation


class Listener(Protocol):
    """Waits for what triggers a function."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


ListenerFactory = Callable[["FunctionsHost", "FunctionInfo"], Listener]
OutputWriter = Callable[["Invocation", dict[str, Any], Value], Awaitable[None]]

WITHOUT_LISTENER = frozenset({"httptrigger", "warmuptrigger"})


def listener_for(binding_type: str) -> ListenerFactory | None:
    """The factory for a trigger type (any case); None when nothing here listens for it."""
    match binding_type.lower():
        case "queuetrigger":
            from . import queue_binding

            return queue_binding.listen
        case "timertrigger":
            from . import timer_binding

            return timer_binding.listen
    return None


def output_for(binding_type: str) -> OutputWriter | None:
    """The writer for an output type (any case); None when there is no such service here."""
    if binding_type.lower() == "queue":
        from .queue_binding import write

        return write
    return None
