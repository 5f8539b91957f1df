"""The warm-up trigger: runs once on every new instance, and when it is asked for."""

from typing import TYPE_CHECKING

from ..worker.values import Value

if TYPE_CHECKING:
    from ..host import FunctionsHost

TYPE = "warmuptrigger"
REASON = "This function was programmatically called via the host APIs."


async def warm_up(host: "FunctionsHost") -> None:
    """Runs the functions with a warm-up trigger, one after the other; each reports its own failure."""
    for function in list(host.functions.values()):
        if str(function.trigger["type"]).lower() == TYPE and not function.disabled:
            await host.invoke(function, {function.trigger["name"]: Value("json", "{}")}, {}, reason=REASON)
