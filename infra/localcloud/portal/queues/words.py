"""What the queues page's script says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {
        "messages": _("Messages: "),
        "poisonCount": _("{count} poison"),
        "counts": _("{shown} visible shown, {hidden} hidden (being worked on or delayed)"),
        "firstOnly": _("The first {shown} visible shown, of {count} in all: the service lets nobody peek further."),
        "noPoison": _("Empty. Messages that failed too often are moved here."),
        "unknown": _(
            "{count} hidden, of which the service shows neither text nor when they are visible again: only whoever "
            "received or delayed them knows."
        ),
        "dequeued": _("dequeued {count} ×"),
        "inserted": _("inserted {time}"),
        "expires": _("expires {time}"),
        "wasBase64": _("decoded from base64"),
        "cut": _("cut: {count} characters in all"),
        "workedOn": _("hidden: {function} works on it"),
        "visibleAtLatest": _("visible again at {time} at the latest"),
        "waits": _("hidden until {time}"),
        "nextTry": _("{function} failed, and tries again then"),
        "twice": _("Deliver twice"),
        "twiceThis": _("Deliver twice: {text}"),
        "delete": _("Delete"),
        "deleteThis": _("Delete: {text}"),
        "back": _("Move back"),
        "backThis": _("Move back: {text}"),
        "clear": _("Clear"),
        "cancel": _("Cancel"),
        "sureDelete": _("Delete this message?"),
        "deleteWarning": _(
            "Azure deletes only what was received, from the front of the queue. The {count} before it are received "
            "too and given back at once: their dequeue counts grow by one."
        ),
        "sureClear": _("Delete every message of {queue}?"),
        "clearWarning": _("The hidden ones too. They cannot be brought back."),
        "saidTwice": _("A copy is on the queue."),
        "saidBack": _("Moved back to its queue."),
        "saidDeleted": _("Deleted."),
        "saidCleared": _("The queue is empty."),
        "saidAdded": _("Added."),
        "saidCreated": _("Created."),
        "replay": _("Replay"),
        "replayThis": _("Replay: {text}"),
        "saidReplayed": _("Put back. It runs once more."),
        "deadOf": _("{of} → {name}"),
        "deadTries": _("{of} → {name}, after {tries} receives"),
        "deadCount": _("letters: {count}"),
        "noDead": _("No dead letters."),
        "noPlaces": _("No place for dead letters yet."),
    }
