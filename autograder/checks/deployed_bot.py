"""The bot that lives on an environment: its containers, its greeting, what it keeps, and whom it refuses."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import aiohttp

from autograder.checks import Camp, fail
from autograder.kinds.building.standing import MESSAGES, Standing
from autograder.kinds.infrastructure import Infrastructure
from localcloud.cloud import NotAsExpected
from localcloud.messages import _
from localcloud.slack.parcel import SIGNATURE, STAMP, signature
from localcloud.slack.view import Slack

if TYPE_CHECKING:
    from localcloud.slack.model import Message

SECONDS_TO_REPLY, SECONDS_TO_KEEP, LOOK_EVERY = 10.0, 5.0, 0.05
CONTAINERS = {"messages": "/channel", "counters": "/id", "reports": "/id", "deadletters": "/id"}


def must_have_containers(found: Mapping[str, Sequence[str]] | None) -> None:
    if found is None:
        seen = _("There is no database camp.")
    elif wrong := {name: found.get(name) for name, key in CONTAINERS.items() if found.get(name) != [key]}:
        words = _("container {name}: {key}")
        missing = _("not there")
        seen = "\n".join(words.format(name=name, key=", ".join(key) if key else missing) for name, key in wrong.items())
    else:
        return
    fail(
        seen=seen,
        expected=", ".join(f"{name} ({key})" for name, key in CONTAINERS.items()),
        next=_("The bot finds its containers by these names, in the database camp; each has this partition key."),
    )


def why_not(standing: Standing) -> str | None:
    """What is probably wrong when the bot does not work; None when nothing is known."""
    if not (names := standing.unresolved()):
        return None
    return _(
        "The app sees the reference itself instead of the secret: {names}. Is the identity attached to the app, and "
        "named by key_vault_reference_identity_id? Has it Key Vault Secrets User on the vault? Is the secret there?"
    ).format(names=", ".join(names))


async def must_greet(camp: Camp, standing: Standing) -> "Message":
    """Somebody mentions the bot, and it greets."""
    slack = camp[Slack]
    user, channel = slack.user(), slack.channel()
    message = await slack.say(user, channel, slack.mention("hello"))
    try:
        reply = await slack.reply(message, seconds=SECONDS_TO_REPLY)
    except NotAsExpected as error:
        fail(seen=error.seen, expected=_("a greeting"), next=why_not(standing) or settings_hint(standing))
    if user.name not in reply.text:
        fail(seen=reply.text, expected=_("a greeting of {name}").format(name=user.name), next=settings_hint(standing))
    return message


def settings_hint(standing: Standing) -> str:
    names = ", ".join(sorted(standing.settings())) or _("none")
    return _("The bot reads the app settings of labs 1 and 4 by their names. There are: {names}.").format(names=names)


async def must_keep(standing: Standing, message: "Message") -> None:
    """The message is a document of `messages`."""
    documents, id = standing.documents(), f"{message.channel}:{message.ts}"
    assert documents
    until = time.monotonic() + SECONDS_TO_KEEP
    while not documents.all(MESSAGES, id=id):
        if time.monotonic() > until:
            fail(
                seen=_("no document of this message in {name}").format(name=MESSAGES),
                expected=_("a document with the id {id}").format(id=id),
                next=_("Does CosmosDbConnection lead to the account of cosmos_account_name?"),
            )
        await asyncio.sleep(LOOK_EVERY)


async def must_refuse_a_forgery(camp: Camp, standing: Standing) -> None:
    """A mention that somebody else has signed is refused: the signing secret has arrived."""
    slack = camp[Slack]
    user, channel = slack.user(), slack.channel()
    event = {
        "type": "app_mention", "user": user.id, "text": slack.mention("hello"),
        "channel": channel.id, "ts": f"{time.time():.6f}",
    }  # fmt: skip
    body = json.dumps({"type": "event_callback", "event": event}).encode()
    stamp = str(int(time.time()))
    headers = {"Content-Type": "application/json", STAMP: stamp, SIGNATURE: signature(camp.word(32), stamp, body)}
    camp.note(_("The same request, signed with another secret"))
    site = standing.site
    assert site
    url = camp[Infrastructure].subscription.app_url(site.name) + "/api/slack/events"
    timeout = aiohttp.ClientTimeout(total=SECONDS_TO_REPLY)
    async with camp.http.post(url, data=body, headers=headers, timeout=timeout) as answer:
        status = answer.status
    if status != 401 or slack.posts(channel):
        fail(
            seen=_("status {status} for a forged request").format(status=status),
            expected=_("status 401: the bot knows the signing secret"),
            next=_("Does SLACK_SIGNING_SECRET lead to the secret with the variable slack_signing_secret?"),
        )
