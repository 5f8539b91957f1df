"""The faults of a host by their names: those of its workers, and those of the queues that trigger its functions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.faults import Kind, kind_of
from localcloud.messages import _

from .bindings import queue_faults

if TYPE_CHECKING:
    from .host import FunctionsHost

CRASH, RECYCLE, REPEAT = "crash", "recycle", "repeat"


def kinds() -> tuple[Kind, ...]:
    return (
        Kind(CRASH, _("The workers are killed in the middle of what they do")),
        Kind(RECYCLE, _("Each worker stops after its current request, and a new one takes its place")),
        Kind(REPEAT, _("The last message is put on its queue once more: a copy has its own id"), ("target",)),
        *queue_faults.kinds(),
    )


async def inject(host: "FunctionsHost", name: str, given: Mapping[str, Any]) -> None:
    """ValueError says what is wrong; LoadFailed and WorkerGone that the app does not run."""
    fields = kind_of(kinds(), name).fields(given)
    target = str(fields.pop("target", "")).lower()
    if name == CRASH:
        await host.crash()
    elif name == RECYCLE:
        await host.recycle()
    elif name == REPEAT:
        await _repeat(host, target)
    else:
        host.queues.faults.begin(name, target, **fields)


async def _repeat(host: "FunctionsHost", queue: str) -> None:
    seen = host.queues.seen(queue or None)
    if not seen:
        raise ValueError(_("No message has come yet."))
    await host.queues.copy(seen[-1].id)
