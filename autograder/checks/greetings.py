"""What the checks of the Slack labs ask of a greeting; when it is the wrong one, the bot is asked why.

A bot that greets wrongly has one of a few misconceptions. Each is tried on people and channels that are new, so that
the learner reads the next step for that one alone.
"""

from collections.abc import Awaitable, Callable

from autograder.checks import Camp, fail
from localcloud.cloud import NotAsExpected
from localcloud.messages import _
from localcloud.slack.model import Channel, Message, User
from localcloud.slack.view import Slack

HELLO, BACK = "Hello", "Welcome back"
PROBE_SECONDS = 2.0

Try = Callable[[Camp], Awaitable[str | None]]


async def must_greet(camp: Camp, user: User, channel: Channel, greeting: str) -> None:
    """The user mentions the bot; it greets that user with HELLO or BACK, whichever is wanted, wherever that is."""
    reply = await camp[Slack].heard(await mention(camp, user, channel))
    if greeting_of(reply) != greeting:
        sent = camp.sent
        why = await cause_of(camp, reply, greeting)
        fail(sent=sent, seen=reply.text, expected=f"{greeting}, ...", next=why)


async def mention(camp: Camp, user: User, channel: Channel) -> Message:
    return await camp[Slack].say(user, channel, camp[Slack].mention(camp.word()))


def greeting_of(reply: Message) -> str | None:
    """Which of the two greetings a reply has; None for none or both."""
    found = [greeting for greeting in (HELLO, BACK) if greeting in reply.text]
    return found[0] if len(found) == 1 else None


async def cause_of(camp: Camp, reply: Message, wanted: str) -> str:
    """What to try next, after this reply in the place of the wanted greeting."""
    if greeting_of(reply) is None:
        return _("Use one of the two greetings, as they are written here: {hello} or {back}.").format(
            hello=HELLO, back=BACK
        )
    if wanted == BACK:
        return await cause_of_hello(camp)
    for probe, why in welcomes():
        if await probe(camp) == BACK:
            return why
    return _(
        "It is the first mention by this user in this channel. Ask Slack for earlier messages of this channel, by this "
        "user, that mention the bot; there must be none."
    )


async def cause_of_hello(camp: Camp) -> str:
    """What to try next when the bot does not know somebody again."""
    await camp.scale(1)
    if await met_again(camp) == BACK:
        return _(
            "The bot knows people again until its worker is replaced: it keeps them in a variable or a file, which the "
            "next worker does not have. Ask Slack for what was said before (conversations.history)."
        )
    return _(
        "This user has mentioned the bot in this channel before, and the bot says Hello even in the same worker. Ask "
        "Slack for what was said before (conversations.history), and look for this user and the bot's mention."
    )


def welcomes() -> tuple[tuple[Try, str], ...]:
    """What a bot may count by mistake: each tried on people whom it has not met, with what to do about it."""
    return (
        (
            met_first,
            _(
                "Even the very first mention is welcomed back: the bot finds the message that it is answering. Leave "
                'that one out: conversations.history with latest=event["ts"].'
            ),
        ),
        (
            met_after_a_plain_word,
            _(
                "The bot counts messages that do not mention it. Only those with its mention in the text count: "
                "<@...> with the bot's own user id."
            ),
        ),
        (
            met_after_somebody_else,
            _("The bot counts the mentions of other people. Compare the message's user with the event's user."),
        ),
        (
            met_in_another_channel,
            _("The bot counts mentions in other channels. Ask for the history of the event's channel alone."),
        ),
    )


async def met_first(camp: Camp) -> str | None:
    return await greeted(camp, camp[Slack].user(), camp[Slack].channel())


async def met_after_a_plain_word(camp: Camp) -> str | None:
    user, channel = camp[Slack].user(), camp[Slack].channel()
    await camp[Slack].say(user, channel, camp.word())
    return await greeted(camp, user, channel)


async def met_after_somebody_else(camp: Camp) -> str | None:
    channel = camp[Slack].channel()
    await greeted(camp, camp[Slack].user(), channel)
    return await greeted(camp, camp[Slack].user(), channel)


async def met_in_another_channel(camp: Camp) -> str | None:
    user = camp[Slack].user()
    await greeted(camp, user, camp[Slack].channel())
    return await greeted(camp, user, camp[Slack].channel())


async def met_again(camp: Camp) -> str | None:
    user, channel = camp[Slack].user(), camp[Slack].channel()
    await greeted(camp, user, channel)
    return await greeted(camp, user, channel)


async def greeted(camp: Camp, user: User, channel: Channel) -> str | None:
    """How the bot greets a user who mentions it; None without one greeting in time."""
    try:
        return greeting_of(await camp[Slack].heard(await mention(camp, user, channel), seconds=PROBE_SECONDS))
    except NotAsExpected:
        return None
