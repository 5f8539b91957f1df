"""What the page of trials says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {
        "none": _("Nothing has been checked yet. In a terminal: camp check"),
        "good": _("passed"),
        "bad": _("failed"),
        "open": _("not checked"),
        "when": _("{outcome}, {time}"),
        "passed": _("It passed at {time}. What happens in a run is kept when it fails."),
        "nothingHappened": _("Nothing happened in its cloud: nothing was sent, delivered or logged."),
        "after": _("+{seconds} s"),
        "asText": _("The same as text"),
        "drawing": _("Timeline: {title}"),
    }
