"""What the checks of the Slack labs send by hand: genuine requests, and forged ones."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from autograder.checks import Answer, Camp
from localcloud.messages import _
from localcloud.slack.commands import fields
from localcloud.slack.events import envelope, mentioned, posted
from localcloud.slack.model import Channel, Delivery, Message, User
from localcloud.slack.outgoing import encoded
from localcloud.slack.parcel import FORM
from localcloud.slack.signature import signature
from localcloud.slack.view import Slack

OLD_SECONDS = 301
# What changes from run to run is described: a verdict on the same seed reads the same.
SHOWN_HEADERS = {
    "Content-Type": None,
    "X-Slack-Request-Timestamp": "<seconds since 1970>",
    "X-Slack-Signature": "v0=<64 hex digits>",
}


async def outgoing(
    camp: Camp, user: User, channel: Channel, text: str, *, body: bytes | None = None, **fields: str | None
) -> Delivery:
    """One outgoing-webhook request, as Slack sends it; `fields` replace those of the form."""
    shown: object = {"user_name": user.name, "text": text[:60], **fields} if body is None else body
    camp.note(f"POST /api/slack/outgoing\n{readable(shown)}")
    answer = await camp[Slack].workspace.outgoing(camp[Slack].app, user, channel, text, form=fields, body=body)
    camp.note(as_sent(answer))
    return answer


async def deliver(camp: Camp, body: Any, **how: Any) -> Delivery:
    """One crafted request to the events endpoint."""
    camp.note(f"POST /api/slack/events\n{readable(body)}")
    answer = await camp[Slack].workspace.deliver(camp[Slack].app, body, **how)
    camp.note(as_sent(answer))
    return answer


def as_sent(delivery: Delivery) -> str:
    """The request as it was: a form is a form. Its bytes that are no text are escaped."""
    return request_text(urlsplit(delivery.url).path, delivery.sent_headers, delivery.sent)


def request_text(path: str, headers: Mapping[str, str], body: bytes) -> str:
    shown = [f"{name}: {says or headers[name]}" for name, says in SHOWN_HEADERS.items() if name in headers]
    return "\n".join([f"POST {path}", *shown, "", body.decode("utf-8", "backslashreplace")])


def readable(sent: object) -> str:
    """What was sent, as JSON or as the text that it is."""
    if isinstance(sent, bytes):
        return sent.decode("utf-8", "backslashreplace")
    return json.dumps(sent, ensure_ascii=False)


def mention_payload(camp: Camp, user: User, channel: Channel) -> dict[str, Any]:
    """An `app_mention` that nobody has said."""
    message = Message(channel.id, camp[Slack].ids.ts(), camp[Slack].mention(camp.word()), user.id)
    return envelope(camp[Slack].app, mentioned(message, channel), camp[Slack].ids)


def message_payload(camp: Camp, user: User, channel: Channel, /, **changed: Any) -> dict[str, Any]:
    """A `message` that nobody has said; `changed` go over the event's own values, and `...` takes one away."""
    message = Message(channel.id, camp[Slack].ids.ts(), camp.word(), user.id)
    event = {**posted(message, channel, None), **changed}
    return envelope(
        camp[Slack].app, {name: value for name, value in event.items() if value is not ...}, camp[Slack].ids
    )


async def slash(camp: Camp, user: User, channel: Channel, command: str, *, secret: str | None = None) -> Answer:
    """One slash command, as Slack sends it, signed with `secret` or else the app's own. Its answer may be late: Slack
    would have given up after three seconds, but nobody's count depends on that."""
    ids, stamp = camp[Slack].ids, str(int(time.time()))
    form = fields(
        camp[Slack].app,
        channel,
        user,
        command,
        "",
        camp[Slack].workspace.url + "/commands/none",
        f"{stamp}.{ids.token(12)}",
    )
    body = encoded(form)
    headers = {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(secret or camp[Slack].app.signing_secret, stamp, body),
    }
    answer = await camp.post("/api/slack/commands", body=body, headers=headers)
    camp.note(request_text("/api/slack/commands", headers, body))
    return answer


async def forged_signature(camp: Camp, payload: dict[str, Any]) -> tuple[str, Delivery]:
    answer = await deliver(camp, payload, secret=camp.word(32))
    return _("This one was signed with another secret."), answer


async def old_request(camp: Camp, payload: dict[str, Any]) -> tuple[str, Delivery]:
    age = OLD_SECONDS + camp.rng.randrange(600)
    answer = await deliver(camp, payload, timestamp=int(time.time()) - age)
    return _("This one was validly signed {age} seconds ago.").format(age=age), answer


async def tampered_body(camp: Camp, payload: dict[str, Any]) -> tuple[str, Delivery]:
    stamp = str(int(time.time()))
    good = json.dumps(payload).encode()
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(camp[Slack].app.signing_secret, stamp, good),
    }
    answer = await deliver(camp, good.replace(b'"event_callback"', b'"event_callback" '), sign=False, headers=headers)
    return _("In this one the body was changed after it was signed."), answer


def own_post(camp: Camp, channel: Channel, text: str) -> Message:
    """A post of the learner's own bot, as Slack shows it."""
    return Message(
        channel.id,
        camp[Slack].ids.ts(),
        text,
        camp[Slack].app.bot_user_id,
        bot_id=camp[Slack].app.bot_id,
        app_id=camp[Slack].app.id,
    )
