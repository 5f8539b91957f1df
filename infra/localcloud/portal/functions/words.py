"""What the functions page's script says."""

from collections.abc import Mapping

from localcloud.messages import _

from . import control_words


def words() -> Mapping[str, str]:
    return {
        **control_words.words(),
        "running": _("Running"),
        "error": _("Your app has errors"),
        "Default": _("Starting"),
        "Offline": _("Draining"),
        "down": _("The host is down"),
        "foreign": _("Another host is running"),
        "none": _("No functions yet. Add one to function_app.py and save: the host loads it at once."),
        "disabled": _("disabled"),
        "any": _("any method"),
        "noInvocations": _("Nothing has run yet. Write to your bot in the chat, and look here again."),
        "noCalls": _("Nothing has run yet. Run a function above, and look here again."),
        "noneInTrace": _("No invocation belongs to this trace yet."),
        "runningNow": _("running"),
        "succeeded": _("succeeded"),
        "failedNow": _("failed"),
        "milliseconds": _("{number} ms"),
        "worker": _("worker {pid}"),
        "workers": _("Workers: {pids}"),
        "noWorkers": _("No worker is running: the next call is a cold start."),
        "noLog": _("No log lines."),
        "timeline": _("Timeline"),
        "trace": _("trace {trace}"),
        "recycled": _("The workers were recycled: the next call meets fresh ones, and empty globals."),
        "crashed": _("The workers were killed. Whatever they were doing failed."),
        "copy": _("Copy"),
        "copyThis": _("Copy the URL of {name}"),
        "copied": _("Copied."),
        "selected": _("The URL is selected. Copy it with Ctrl + C."),
    }
