"""What the checks of the Slack labs ask of a bot's answers."""

import json

from autograder.checks import Camp, fail
from localcloud.messages import _, ngettext
from localcloud.slack.model import Channel, Delivery, Message, User
from localcloud.slack.view import Slack, usual_cause


async def must_reply(camp: Camp, user: User, channel: Channel) -> None:
    """The user mentions the bot; it replies, whatever it says and wherever: that is for other checks to judge."""
    slack = camp[Slack]
    await slack.heard(await slack.say(user, channel, slack.mention(camp.word())))


def must_name(reply: Message, user: User) -> None:
    """The reply calls the user by name."""
    if user.name not in reply.text:
        fail(
            seen=reply.text,
            expected=_("a reply to {name}").format(name=user.name),
            next=_("The event holds a user id. The name is user.name of users.info."),
        )


def must_count(camp: Camp, channel: Channel, wanted: int, hint: str | None = None) -> None:
    """So many posts of the app stand in the channel, no more."""
    posts = camp[Slack].posts(channel)
    if len(posts) != wanted:
        fail(
            seen=_posts(len(posts)) + "".join(f"\n{post.text}" for post in posts[-6:]),
            expected=_posts(wanted),
            next=hint or _("Reply once to a mention, and to nothing else."),
        )


def _posts(count: int) -> str:
    return ngettext("1 post of the bot", "{count} posts of the bot", count) if count else _("no post of the bot")


async def must_stay_silent(camp: Camp, channel: Channel, hint: str) -> None:
    """Nothing was posted in the channel, once everything is at rest."""
    await camp.quiet()
    must_count(camp, channel, 0, hint)


def must_be(camp: Camp, answer: Delivery, status: int, hint: str) -> None:
    """The answer has this status."""
    if answer.status != status:
        expected = _("status {status}").format(status=status)
        fail(seen=status_of(camp, answer), expected=expected, next=usual_cause(answer) or hint)


def status_of(camp: Camp, answer: Delivery) -> str:
    """The answer as a person reads it."""
    if answer.status is None:
        late = _("Time-out: no answer within 3 seconds, so Slack gives up.")
        return late if answer.failure == "http_timeout" else f"{answer.failure}: {answer.answer}"
    shown = _("status {status}").format(status=answer.status) + (f"\n{answer.answer}" if answer.answer else "")
    error = camp[Slack].error_of(answer)
    return f"{shown}\n{error}" if error else shown


def said_hello(camp: Camp, answer: Delivery, name: str) -> None:
    """The outgoing webhook was answered with 200 and JSON that says hello to `name`."""
    must_be(camp, answer, 200, _("Answer 200 with JSON. If there was an error, the log of this check has it."))
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or f"Hello, {name}" not in text:
        fail(
            seen=answer.answer or _("an empty answer"),
            expected=json.dumps({"text": f"Hello, {name}"}, ensure_ascii=False),
            next=_("The name is the field user_name of the form. Decode the form as UTF-8."),
        )


def must_answer(camp: Camp, answer: Delivery) -> None:
    """The outgoing webhook was answered at all: with a 2xx and a text."""
    if answer.status is None or not 200 <= answer.status < 300 or not answer.body.strip():
        fail(
            seen=status_of(camp, answer),
            expected=_("status 200 and an answer, for this request is a genuine one"),
            next=usual_cause(answer) or _("The next good request must be answered, whatever came before it."),
        )
