"""What the deployments page says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {
        "slot.production": _("production"),
        "slot.staging": _("staging"),
        "runs": _("answers"),
        "broken": _("does not load"),
        "deploying": _("is being deployed to"),
        "swapping": _("is being swapped"),
        "nothing": _("Nothing has been deployed here."),
        "commit": _("commit {commit}"),
        "package": _("{package}, by hand"),
        "unknown": _("a package without a commit"),
        "by": _("{by}, {when}"),
        "swap": _("Swap staging and production"),
        "swapBack": _("Swap back"),
        "swapQuestion": _("Swap staging and production?"),
        "swapExplanation": _(
            "What answers at staging answers at production afterwards, and the other way round. No request is lost."
        ),
        "swapped": _("{source} and {target} swapped"),
        "swapFailed": _("swap of {source} and {target} failed: {why}"),
        "deployed": _("{what} deployed to {slot}"),
        "failed": _("deployment of {what} to {slot} failed: {why}"),
        "underWay": _("deployment of {what} to {slot} is under way"),
        "log": _("Log of the last deployment"),
        "files": _("{count} files"),
        "noHistory": _("Nothing has happened yet. Push to main, or type: camp deploy ."),
        "justNow": _("just now"),
        "minutesAgo": _("{minutes} min ago"),
        "sticky": _("Settings that stay with their slot: {names}"),
        "cancel": _("Cancel"),
    }
