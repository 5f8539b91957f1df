"""What the report engine's page says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {
        "up": _("The engine is up"),
        "wrong": _("The engine is up, and something is wrong with it"),
        "downNow": _("The engine is down: every call is answered 503"),
        "refusing": _("The engine takes no connections"),
        "goUp": _("Switch it on"),
        "goDown": _("Switch it off"),
        "noCalls": _("Nobody has called it yet. Say this in the chat: @camp report cats"),
        "counts": _("{completed} completed, {failed} failed, {refused} while down, {underWay} under way"),
        "underWay": _("under way"),
        "gone": _("the caller did not wait for the answer"),
        "milliseconds": _("{number} ms"),
        "agoSeconds": _("{seconds} s ago"),
        "status.200": _("200, report made"),
        "status.500": _("500, failed"),
        "status.503": _("503, down"),
        "status.none": _("no answer"),
        "html": _("200, a page of HTML"),
        "chart": _("Calls of the last minute, each from its beginning to its end"),
    }
