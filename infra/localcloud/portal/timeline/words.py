"""What the timeline's script says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {
        "none": _("Nothing has happened yet. Write to your bot in the chat, and look here again."),
        "noCalls": _("Nothing has happened yet. Call one of your functions, and look here again."),
        "by": _("{who}, {when}"),
        "deliveries": _("deliveries: {count}"),
        "runs": _("invocations: {count}"),
        "failed": _("something failed"),
        "choose": _("Choose a bar to see what is known of it."),
        "otherTimeline": _("Its own timeline"),
        "invocations": _("Log on the functions page"),
        "fromBar": _("Came from {name}"),
        "probablyFromBar": _("Probably came from {name} (inferred)"),
    }
