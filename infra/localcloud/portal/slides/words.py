"""What the page of slides says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {
        "current": _("{title} (the open lab)"),
        "make": _("In a terminal, this makes the slides of the open lab and opens them:"),
        "none": _("No slides were made on this computer yet."),
    }
