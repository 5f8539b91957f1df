"""The faults of a handler that a queue triggers: what may happen to its process, and to the messages that it gets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.faults import Kind, kind_of
from localcloud.messages import _

if TYPE_CHECKING:
    from .hosted import Hosted

CRASH, RECYCLE, TWICE = "crash", "recycle", "twice"


def kinds() -> tuple[Kind, ...]:
    return (
        Kind(CRASH, _("The handler's process is killed in the middle of what it does")),
        Kind(RECYCLE, _("The handler's process ends after its current batch; the next start is a cold one")),
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html
        Kind(TWICE, _("The next batch comes once more after it was done, with the same message ids"), ("times",)),
    )


async def inject(hosted: "Hosted", name: str, given: Mapping[str, Any]) -> None:
    """ValueError says what is wrong."""
    fields = kind_of(kinds(), name).fields(given)
    if name == TWICE:
        hosted.faults.begin(name, **{"times": 1, **fields})
        return
    function = hosted.function
    if function is None or function.pid is None:
        raise ValueError(_("No process of the handler runs now: it starts with the first message."))
    hosted.journal.add("fault.began", fault=name)
    await (function.crash() if name == CRASH else function.recycle())
