"""What a learner's app has put into Cosmos DB, and what its read endpoint tells of it."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from autograder.checks import Answer, Camp, fail
from localcloud.cosmos.view import Cosmos
from localcloud.messages import _, ngettext
from localcloud.slack.model import Channel, Message
from localcloud.slack.view import Slack

FIELDS = ("id", "channel", "user", "text", "ts")
TOLD = ("user", "text", "ts")
SHOWN = 4
LOOK_EVERY = 0.01

Document = Mapping[str, Any]


def id_of(message: Message) -> str:
    """The id that a message's document must have."""
    return f"{message.channel}:{message.ts}"


class Kept:
    """The documents that have come into the container `messages` since this was made."""

    def __init__(self, camp: Camp) -> None:
        self._camp = camp
        self._before = {_identity(one) for one in camp[Cosmos].all("messages")}

    def new(self) -> list[Document]:
        return [one for one in self._camp[Cosmos].all("messages") if _identity(one) not in self._before]

    async def settled(self, *said: Message) -> None:
        """Returns once all of these are kept; when they are not, once everything is at rest."""
        wanted, rest = {id_of(message) for message in said}, asyncio.ensure_future(self._camp.quiet())
        try:
            while not (rest.done() or wanted <= {one["id"] for one in self.new()}):
                await asyncio.wait({rest}, timeout=LOOK_EVERY)
            if rest.done():
                rest.result()
        finally:
            rest.cancel()

    def must_be(self, *said: Message) -> None:
        """Every one of these messages is one document, whole and right; and there is no other new document. The bot's
        own posts may be kept, or not."""
        new = self.new()
        for message in said:
            self._must_have(message, new)
        wanted = {id_of(message) for message in [*said, *self._own_posts()]}
        others = [one for one in new if one["id"] not in wanted]
        if others or len({one["id"] for one in new}) < len(new):
            fail(
                seen=_("{documents} for {messages}:").format(
                    documents=ngettext("1 document", "{count} documents", len(new)),
                    messages=ngettext("1 message", "{count} messages", len(said)),
                )
                + _shown(new),
                expected=_("one document for every message"),
                next=_("Each has the id <channel>:<ts>, so that the same message always meets the same document.")
                + " "
                + _("Edits and what Slack sends twice are no new messages."),
            )

    async def way_to_speak(self) -> Callable[[str], str]:
        """Makes of a text one that the app keeps: the text as it is or, for an app that keeps nothing else, with a
        mention. That it keeps too little is for other checks to judge."""
        slack = self._camp[Slack]
        plain = await slack.say(slack.user(), slack.channel(), self._camp.word())
        await self.settled(plain)
        return slack.mention if not self._near(plain, self.new()) else str

    def must_hold_once(self, *said: Message) -> None:
        """Every one of these messages has one document; its id and what else is in it are for other checks to judge."""
        for message in said:
            near = self._near(message, self.new())
            if len(near) == 1:
                continue
            self._note(message)
            fail(
                seen=ngettext("1 document of this message:", "{count} documents of this message:", len(near))
                + _shown(near),
                expected=_("one document with the id {id}").format(id=id_of(message)),
                next=_("Each has the id <channel>:<ts>, so that the same message always meets the same document.")
                + self._camp[Slack].told_of(message),
            )

    def must_hold(self, message: Message) -> None:
        """The message was stored at all."""
        if self._near(message, self.new()):
            return
        self._note(message)
        fail(
            seen=_("no document of this message") + self._camp[Slack].told_of(message),
            expected=_("a document of it, for this request is a genuine one"),
            next=_("The next good request must be stored, whatever came before it."),
        )

    def told(self, messages: Sequence[Message]) -> "list[Kept.Told]":
        """These messages as the read endpoint must tell them, newest first: by what is stored of them."""
        stored = {one["id"]: one for one in self.new()}
        told = [Kept.Told(message, stored.get(id_of(message), {})) for message in messages]
        return sorted(told, key=lambda one: one.ts, reverse=True)

    @dataclass(frozen=True)
    class Told:
        """A message, and its document. What was stored wrongly is no fault of the endpoint that reads it."""

        message: Message
        document: Document

        @property
        def ts(self) -> str:
            """What it is ordered by."""
            stored = self.document.get("ts")
            return stored if isinstance(stored, str) else self.message.ts

        def is_told_by(self, row: Document) -> bool:
            text = json.dumps(row, ensure_ascii=False)
            about = self.message.ts in text or json.dumps(self.message.text, ensure_ascii=False)[1:-1] in text
            return about and all(row.get(name) == self.document[name] for name in TOLD if name in self.document)

    def must_be_empty(self) -> None:
        """Nothing new was kept."""
        if new := self.new():
            hint = _("Look at a request before you keep anything of it: did Slack sign it, and is it whole?")
            fail(seen=_("a new document:") + _shown(new), expected=_("no new document"), next=hint)

    def _own_posts(self) -> list[Message]:
        return [post for channel in self._camp[Slack].channels for post in self._camp[Slack].posts(channel)]

    def _must_have(self, message: Message, new: Sequence[Document]) -> None:
        found = [one for one in new if one["id"] == id_of(message)]
        if not found:
            near = self._near(message, new)
            self._note(message)
            if near:
                seen = _("no document with this id, but:") + _shown(near)
                hint = _("The id is <channel>:<ts>, no other: the same message then always meets the same document.")
            else:
                seen = _("no document of this message") + self._camp[Slack].told_of(message)
                hint = _("Keep message and app_mention events alike, in the container messages of the database camp.")
            fail(seen=seen, expected=_("a document with the id {id}").format(id=id_of(message)), next=hint)
        self._must_tell(message, found[0])

    @staticmethod
    def _near(message: Message, documents: Sequence[Document]) -> list[Document]:
        """The documents that are of this message, whatever ids they have."""
        return [one for one in documents if message.ts in str(one) or message.text in str(one)]

    def _note(self, message: Message) -> None:
        """Shows the message that a failure is about."""
        store = self._camp[Slack].workspace.store
        channel, user = store.channels[message.channel].name, store.users[message.user or ""].name
        self._camp.note(_("In #{channel}, {user} says: {text}").format(channel=channel, user=user, text=message.text))

    def _must_tell(self, message: Message, found: Document) -> None:
        """The document has what was said; after an edit, either text is right."""
        now = self._camp[Slack].workspace.store.find(message.channel, message.ts) or message
        right = {"channel": message.channel, "user": message.user, "ts": message.ts, "text": message.text}
        if found.get("text") == now.text:
            right["text"] = now.text
        if wrong := [name for name, value in right.items() if found.get(name) != value]:
            self._note(message)
            fail(
                seen=_json(found),
                expected=_json({"id": id_of(message), **right}),
                next=_("Look at {fields}: hand the event's own values on.").format(fields=", ".join(wrong)),
            )


async def read_history(camp: Camp, channel: str, limit: int, before: str) -> Answer:
    """What the app's read endpoint answers; `channel` may be any text."""
    query = urlencode({"channel": channel, "limit": limit, "before": before}, quote_via=quote, safe="")
    answer = await camp.get(f"/api/messages?{query}")
    camp.note(f"GET /api/messages\nchannel={channel}\nlimit={limit}\nbefore={before}", camp.sent_request)
    return answer


def rows_of(camp: Camp, answer: Answer) -> list[Document]:
    """The messages in an answer of the read endpoint; the check fails when there are none to be had."""
    rows = answer.json()
    if answer.status == 200 and isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return rows
    error = camp.last_error() if answer.status >= 500 else None
    nowhere = _("No function answers at {url}. Look at its route and its methods.").format(url="/api/messages")
    fail(
        seen=_("status {status}").format(status=answer.status) + f"\n{answer.text[:300]}" + f"\n{error}" * bool(error),
        expected=_("status 200, and a JSON list of messages"),
        next=nowhere
        if answer.status == 404
        else _("Return json.dumps of a list, each message with user, text and ts."),
    )


def must_tell(rows: Sequence[Document], wanted: "Sequence[Kept.Told]", hint: str) -> None:
    """The rows are the messages wanted, in this order; they may tell more of each."""
    if len(rows) != len(wanted) or not all(one.is_told_by(row) for one, row in zip(wanted, rows, strict=True)):
        fail(seen=_listed(rows), expected=_listed([as_told(one) for one in wanted]), next=hint)


def as_told(one: "Kept.Told") -> Document:
    return {name: one.document.get(name, getattr(one.message, name)) for name in TOLD}


def _listed(rows: Sequence[Document]) -> str:
    if not rows:
        return _("no message")
    return ngettext("1 message:", "{count} messages, in this order:", len(rows)) + _shown(rows)


def counters_of(camp: Camp, channel: Channel) -> list[Document]:
    """The counter documents of a channel: one, or none."""
    return [*camp[Cosmos].all("counters", id=channel.id)]


def _identity(document: Document) -> tuple[str, str]:
    """What no two documents of the container have in common: its id in its partition."""
    return document["id"], json.dumps(document.get("channel"))


def _json(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False)


def _shown(found: Sequence[Document]) -> str:
    lines = "".join(f"\n{_json(one)}" for one in found[:SHOWN])
    return lines + ("\n…" if len(found) > SHOWN else "")
