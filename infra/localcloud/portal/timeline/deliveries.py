"""Slack's side of a trace: what was said, and every attempt to deliver it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from localcloud.messages import _
from localcloud.slack.workspace import RETRY_DELAYS

from ..chat.explain import explanation, next_try
from .facts import facts, shortened, span
from .model import Bar, Lane

Entry = Mapping[str, Any]
Names = Mapping[str, str]

LONGEST_LABEL = 48


def slack_lane() -> Lane:
    return Lane("slack", "slack", _("Slack"))


def said(entries: Iterable[Entry], names: Names) -> Iterator[Bar]:
    """What a person said or typed."""
    for entry in entries:
        if entry["kind"] == "message.posted" and not by_app(entry):
            message = entry["message"]
            yield _said(entry, who(message, names), message["text"], names)
        elif entry["kind"] == "command.answered":
            typed = entry["typed"]
            text = f"{typed['command']} {typed['text']}".strip()
            yield _said({**entry, "at": float(typed["ts"])}, names.get(typed["user"], "?"), text, names)


def _said(entry: Entry, person: str, text: str, names: Names) -> Bar:
    from ..chat.slacktext import typed

    words = typed(text, names)
    label = f"{person}: {shortened(words, LONGEST_LABEL)}"
    told = facts((_("Who"), person), (_("Said"), words))
    return Bar(f"said:{entry['number']}", slack_lane(), "said", label, entry["at"], entry["at"], None, told)


def by_app(entry: Entry) -> bool:
    """Whether a message is an app's own."""
    return bool(entry["message"].get("bot_id"))


def who(message: Entry, names: Names) -> str:
    return str(message.get("username") or names.get(message.get("user") or "", "?"))


def deliveries(entries: Iterable[Entry], own_posts: Iterable[str] = ()) -> Iterator[Bar]:
    """Every attempt, oldest first; one that comes a second time is called so. `own_posts` are the app's messages."""
    first_tries: Counter[tuple[str, ...]] = Counter()
    own = set(own_posts)
    found = [one for one in entries if one["kind"] == "delivery.attempted"]
    for entry in sorted(found, key=lambda one: began(one)):
        key = topic(entry)
        first_tries[key] += not entry["attempt"]
        yield _delivery(entry, first_tries[key], entry.get("message_ts") in own)


def topic(entry: Entry) -> tuple[str, ...]:
    """What a delivery is about: two first attempts with the same one are a duplicate."""
    return (entry["what"], entry.get("event_type") or "", entry.get("channel") or "", entry.get("message_ts") or "")


def began(entry: Entry) -> float:
    return float(entry["at"] - entry["milliseconds"] / 1000)


def _delivery(entry: Entry, number: int, own: bool) -> Bar:
    ok = entry["failure"] is None
    name = entry.get("event_type") or entry["what"]
    ordinal = _("{name}, the app's own post").format(name=name) if own else name
    label = _label(ordinal, entry, number)
    why = explanation(entry["status"], entry["failure"], entry["url"])
    told = facts(
        (_("Delivery"), label),
        (_("Answer"), entry["status"] or entry["failure"]),
        (_("Took"), span(entry["milliseconds"] / 1000)),
        (_("Retry because of"), entry["reason"]),
        (_("Why"), why),
        (_("Then"), next_try(entry["attempt"], entry["what"], RETRY_DELAYS) if why else ""),
    )
    return Bar(f"delivery:{entry['id']}", slack_lane(), "delivery", label, began(entry), entry["at"], ok, told)


def _label(name: str, entry: Entry, number: int) -> str:
    if entry["attempt"]:
        words = _("{name} · retry {number} ({reason})")
        name = words.format(name=name, number=entry["attempt"], reason=entry["reason"])
        return f"{name} → {entry['status']}" if entry["status"] else name
    if number > 1:
        name = _("{name} · again").format(name=name)
    return f"{name} → {entry['status'] or entry['failure']}"


def retry_comes(entries: Iterable[Entry], now: float) -> bool:
    """Whether Slack is to try again soon."""
    last: dict[str, Entry] = {}
    for entry in entries:
        if entry["kind"] == "delivery.attempted" and entry["what"] != "slash":
            last[entry.get("event_id") or entry["id"]] = entry
    return any(_comes(entry, now) for entry in last.values())


def _comes(entry: Entry, now: float) -> bool:
    attempt = entry["attempt"]
    if entry["failure"] is None or attempt >= len(RETRY_DELAYS):
        return False
    return bool(now - entry["at"] < RETRY_DELAYS[attempt] + 5)
