"""What the checks of the Slack labs send by hand: genuine requests, and forged ones."""

import json
import time
from typing import Any
from urllib.parse import urlsplit

from autograder.checks import Answer, Camp
from localcloud.messages import _
from localcloud.slack.commands import fields
from localcloud.slack.events import envelope, mentioned, posted
from localcloud.slack.model import Channel, Delivery, Message, User
from localcloud.slack.outgoing import encoded
from localcloud.slack.parcel import FORM, SIGNATURE, STAMP, signature
from localcloud.slack.view import SHOWN_HEADERS, Slack

OLD_SECONDS = 301


async def outgoing(
    camp: Camp, user: User, channel: Channel, text: str, *, body: bytes | None = None, **fields: str | None
) -> Delivery:
    """One outgoing-webhook request, as Slack sends it; `fields` replace those of the form."""
    shown: object = {"user_name": user.name, "text": text[:60], **fields} if body is None else body
    camp.note(f"POST /api/slack/outgoing\n{readable(shown)}")
    answer = await camp[Slack].workspace.outgoing(camp[Slack].app, user, channel, text, form=fields, body=body)
    note(camp, answer)
    return answer


async def deliver(camp: Camp, body: Any, **how: Any) -> Delivery:
    """One crafted request to the events endpoint."""
    camp.note(f"POST /api/slack/events\n{readable(body)}")
    answer = await camp[Slack].workspace.deliver(camp[Slack].app, body, **how)
    note(camp, answer)
    return answer


def note(camp: Camp, delivery: Delivery) -> None:
    """Remembers the request as it was, without headers that say nothing about it."""
    headers = {name: delivery.sent_headers[name] for name in SHOWN_HEADERS if name in delivery.sent_headers}
    camp.note_request("POST", urlsplit(delivery.url).path, headers, delivery.sent)


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
        STAMP: stamp,
        SIGNATURE: signature(secret or camp[Slack].app.signing_secret, stamp, body),
    }
    return await camp.post("/api/slack/commands", body=body, headers=headers)


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
        STAMP: stamp,
        SIGNATURE: signature(camp[Slack].app.signing_secret, stamp, good),
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
