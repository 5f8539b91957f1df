"""What the faults page's script says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {
        "target.queues": _("Queue (empty: all)"),
        "target.engine": _("Topic (empty: all)"),
        "target.workers": _("Topic (empty: any)"),
        "seconds": _("for so many seconds"),
        "times": _("how often"),
        "by": _("by so many seconds"),
        "begin": _("Inject"),
        "beginThis": _("Inject: {says}"),
        "end": _("End now"),
        "endThis": _("End now: {says}"),
        "began": _("Injected: {says}"),
        "ended": _("It is over."),
        "secondsLeft": _("{seconds} s left"),
        "timesLeft": _("{times} left"),
        "late": _("by {by} s"),
        "everything": _("everything"),
        "noFaults": _("No fault is on."),
    }
