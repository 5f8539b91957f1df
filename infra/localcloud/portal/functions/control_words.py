"""What the functions page's script says of keys, settings, runs and faults."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {**_of_runs(), **_of_secrets(), **_of_faults()}


def _of_runs() -> Mapping[str, str]:
    return {
        "run": _("Run"),
        "runThis": _("Run {name}"),
        "runNow": _("Run now"),
        "call": _("Call"),
        "input": _("Input"),
        "method": _("Method"),
        "path": _("Path"),
        "body": _("Body"),
        "accepted": _("Accepted: its invocation appears below."),
        "itsInvocation": _("its invocation"),
        "emptyAnswer": _("The answer has no body."),
        "answerCut": _("Only its beginning is shown."),
        "enable": _("Enable"),
        "enableThis": _("Enable {name}"),
        "disable": _("Disable"),
        "disableThis": _("Disable {name}"),
        "isEnabled": _("{name} is enabled."),
        "isDisabled": _("{name} is disabled: nothing triggers it."),
    }


def _of_secrets() -> Mapping[str, str]:
    return {
        "keys": _("Keys"),
        "keysThis": _("Keys of {name}"),
        "keyHint": _("Send it as the header x-functions-key, or as ?code=… in the URL."),
        "hostKeyHint": _("A host key opens every function; _master opens the admin endpoints too."),
        "keysOff": _("This host checks no keys."),
        "reveal": _("Reveal"),
        "revealThis": _("Reveal {name}"),
        "hide": _("Hide"),
        "copyValue": _("Copy {name}"),
        "valueSelected": _("The value is selected. Copy it with Ctrl + C."),
        "otherSettings": _("{count} more from this computer's environment"),
    }


def _of_faults() -> Mapping[str, str]:
    return {
        "fault.twice": _("The next events are delivered twice"),
        "fault.late": _("Events are delivered {by} s late"),
        "fault.unavailable": _("Slack's Web API is down (503)"),
        "fault.ratelimited": _("Slack's Web API says: too many requests (429)"),
        "fault.slow": _("Slack's Web API is slow by {by} s"),
        "secondsLeft": _("{seconds} s left"),
        "eventsLeft": _("{events} left"),
        "end": _("End now"),
        "endThis": _("End now: {name}"),
        "faultBegan": _("It begins."),
        "faultEnded": _("It is over."),
    }
