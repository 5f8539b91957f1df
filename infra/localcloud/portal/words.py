"""What the pages' scripts say, in the reader's language."""

from collections.abc import Callable, Mapping

from localcloud.messages import _

from . import control_words, data_words, heatwords, queue_words, storage_words

Words = Mapping[str, str]


def common() -> Words:
    return {
        "live": _("Live"),
        "reconnecting": _("Connecting again …"),
        "unreachable": _("The local cloud does not answer. Is it running? Start it with: camp up"),
    }


def first_steps() -> Words:
    return {
        "emptyTitle": _("Say hello to your bot"),
        "emptyText": _("What you write here goes to the functions of your lab, just as Slack would send it."),
        "tryHello": _("is the trigger word: calls your outgoing webhook"),
        "tryMention": _("mentions your bot: sends your app an event"),
        "tryCommand": _("is a slash command: wants an answer within 3 s"),
    }


def chat() -> Words:
    return {
        **common(),
        **first_steps(),
        "placeholder": _("Message #{channel} as {person}"),
        "replyPlaceholder": _("Reply as {person}"),
        "replyTo": _("Replying to {person}: {text}"),
        "editing": _("Editing your message"),
        "send": _("Send"),
        "save": _("Save"),
        "reply": _("Reply"),
        "edit": _("Edit"),
        "again": _("Deliver again"),
        "react": _("React"),
        "replyThis": _("Reply to {person}: {text}"),
        "editThis": _("Edit: {text}"),
        "againThis": _("Deliver again: {text}"),
        "reactThis": _("React to {person}: {text}"),
        "reactWith": _("React with {name}"),
        "reactedWith": _("{name}: {people}"),
        "edited": _("edited"),
        "app": _("app"),
        "onlyYou": _("Only you see this"),
        "mention": _("Mention @{app}"),
        "deliveries": _("Deliveries to {app}"),
        "delivered": _("acknowledged"),
        "failed": _("failed"),
        "retry": _("retry {number}"),
        "noAnswer": _("no answer"),
        "milliseconds": _("{number} ms"),
        "trace": _("Invocation"),
        "timeline": _("Timeline"),
        "waiting": _("waiting for its answer …"),
        "speaking": _("You speak as {person} now."),
        "here": _("You are in #{channel} now."),
        "sentAgain": _("Delivered again."),
    }


def functions() -> Words:
    return {
        **common(),
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


def lanes() -> Words:
    return {
        **common(),
        "none": _("Nothing has happened yet. Write to your bot in the chat, and look here again."),
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


def queues() -> Words:
    return {**common(), **queue_words.words()}


def storage() -> Words:
    return {**common(), **storage_words.words()}


def data() -> Words:
    return {**common(), **data_words.words()}


def heat() -> Words:
    return {**common(), **heatwords.words()}


WORDS: Mapping[str, Callable[[], Words]] = {
    "chat": chat,
    "functions": functions,
    "lanes": lanes,
    "queues": queues,
    "storage": storage,
    "data": data,
    "heat": heat,
}
