"""Lab 2: keep what was said in Cosmos DB."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from autograder.checks import Answer, Camp, check, fail
from autograder.checks.greetings import BACK, HELLO, must_greet
from autograder.checks.kept import Kept, counters_of, must_tell, read_history, rows_of
from autograder.checks.leaks import leaks_in
from autograder.checks.slack_answers import must_be, must_count, said_hello, status_of
from autograder.checks.slack_requests import (
    deliver,
    forged_signature,
    message_payload,
    old_request,
    outgoing,
    slash,
    tampered_body,
)
from localcloud.cosmos.view import Cosmos
from localcloud.messages import _, ngettext
from localcloud.slack.commands import answer_of
from localcloud.slack.model import Channel, Message, User
from localcloud.slack.view import Slack

AT_ONCE = 20
NUMBER = re.compile(r"(?<![\w.])\d{1,9}(?!\w)")


@check("2.1")
async def test_every_message_becomes_one_document(camp: Camp) -> None:
    """Every message becomes one document"""
    channel, other, user, guest = camp[Slack].channel(), camp[Slack].channel(), camp[Slack].user(), camp[Slack].user()
    kept = Kept(camp)
    said = [
        await camp[Slack].say(user, channel, camp.word()),
        await camp[Slack].say(guest, channel, camp[Slack].mention(camp.word())),
        await camp[Slack].say(user, other, f'{camp.word()} 学é \\ "{camp.word()}" \' 🎉'),
    ]
    said.append(await camp[Slack].say(guest, other, camp.word(), thread_ts=said[-1].ts))
    await camp[Slack].workspace.edit(user, said[0], camp.word())
    await camp.quiet()
    kept.must_be(*said)


@check("2.2")
async def test_the_bot_still_answers(camp: Camp) -> None:
    """The bot still answers"""
    channel, user, guest = camp[Slack].channel(), camp[Slack].user(), camp[Slack].user()
    said_hello(camp, await outgoing(camp, user, camp[Slack].channel(), camp.word()), user.name)
    await camp[Slack].say(guest, channel, camp.word())
    await must_greet(camp, user, channel, HELLO)
    await must_greet(camp, user, channel, BACK)
    await must_greet(camp, guest, channel, HELLO)
    await camp.quiet()
    must_count(camp, channel, 3)


@check("2.3", workers=2)
async def test_delivered_twice_stored_once(camp: Camp) -> None:
    """Delivered twice, stored once"""
    slack, kept = camp[Slack], Kept(camp)
    user, channels = slack.user(), [slack.channel(), slack.channel()]
    slack.workspace.faults.twice(events=1)
    said = [await slack.say(user, channel, slack.mention(camp.word())) for channel in channels]
    await kept.settled(*said)
    for message in said:
        await slack.workspace.duplicate(message)
    await camp.quiet()
    camp.note(_("A message, and then the same message again, with a new event_id and without X-Slack-Retry-Num."))
    kept.must_hold_once(*said)
    must_be_acknowledged(camp, said[0])


@check("2.4", workers=2)
async def test_history_can_be_read_back(camp: Camp) -> None:
    """History can be read back"""
    channel, other, users = camp[Slack].channel(), camp[Slack].channel(), [camp[Slack].user(), camp[Slack].user()]
    kept, said = Kept(camp), []
    as_kept = await kept.way_to_speak()
    for number in range(7):
        said.append(await camp[Slack].say(camp.rng.choice(users), channel, as_kept(f"{camp.word()} é")))
        if number % 3 == 1:
            await camp[Slack].say(users[0], other, as_kept(camp.word()))
    await kept.settled(*said)
    await camp.restart_workers()  # whoever answers now has not heard what was said
    newest_first = kept.told(said)
    before, limit = camp[Slack].ids.ts(), camp.rng.choice((2, 3, 4))
    while newest_first:
        page, newest_first = newest_first[:limit], newest_first[limit:]
        rows = rows_of(camp, await read_history(camp, channel.id, limit, before))
        must_tell(rows, page, why_not(rows, page, before, limit))
        before = page[-1].ts
    await camp.restart_workers()
    must_tell(rows_of(camp, await read_history(camp, channel.id, limit, before)), [], why_not([], [], before, limit))
    rows = rows_of(camp, await read_history(camp, channel.id, 50, camp[Slack].ids.ts()))
    newest_first = kept.told(said)
    must_tell(rows, newest_first, why_not(rows, newest_first, before, 50))


@check("2.5", workers=2)
async def test_nobody_can_smuggle_sql_in(camp: Camp) -> None:
    """Nobody can smuggle SQL in"""
    channel, user = camp[Slack].channel(), camp[Slack].user()
    kept = Kept(camp)
    secret = await camp[Slack].say(user, channel, (await kept.way_to_speak())(camp.word()))
    names = hostile_names(camp, channel)
    for name in names[:3]:
        await deliver(camp, message_payload(camp, user, channel, channel=name))
    await kept.settled(secret)
    await camp.restart_workers()
    nowhere = await read_history(camp, camp.word(), 50, camp[Slack].ids.ts())
    anyway = rows_of(camp, nowhere) if nowhere.status == 200 else []
    for name in camp.rng.sample(names, len(names)):
        answer = await read_history(camp, name, 50, camp[Slack].ids.ts())
        if answer.status not in (400, 404):  # refusing such a name is right, too
            must_name(camp, rows_of(camp, answer), name, anyway)
    for before in camp.rng.sample(hostile_times(camp), 4):
        answer = await read_history(camp, channel.id, 50, before)
        if answer.status != 400:
            must_be_older(rows_of(camp, answer), before)
    rows = rows_of(camp, await read_history(camp, channel.id, 50, camp[Slack].ids.ts()))
    if not rows:
        fail(
            seen=_("no message"),
            expected=_("the message that was said there"),
            next=_("An honest name must still find its messages."),
        )


@check("2.6")
async def test_nothing_is_stored_for_a_rejected_request(camp: Camp) -> None:
    """Nothing is stored for a rejected request"""
    channel, user = camp[Slack].channel(), camp[Slack].user()
    kept = Kept(camp)
    for forge in camp.rng.sample([forged_signature, old_request, tampered_body], 3):
        what, answer = await forge(camp, message_payload(camp, user, channel))
        must_be(camp, answer, 401, what + " " + _("Verify the signature before you do anything else."))
        kept.must_be_empty()
    malformed = malformed_bodies(camp, user, channel)
    for body in camp.rng.sample(malformed, len(malformed)):
        await deliver(camp, body)
        kept.must_be_empty()
    await slash(camp, user, channel, "/count", secret=camp.word(32))
    await camp.quiet()
    kept.must_be_empty()
    if counters_of(camp, channel):
        hint = _("Verify the signature of a slash command, too, before you count.")
        fail(seen=_("a forged /count was counted"), expected=_("no counter document"), next=hint)
    good = await camp[Slack].say(user, channel, camp[Slack].mention(camp.word()))
    await kept.settled(good)
    kept.must_hold(good)


@check("2.7", workers=2)
async def test_two_at_once_both_count(camp: Camp) -> None:
    """Two at once both count"""
    user, channels = camp[Slack].user(), [camp[Slack].channel(camp.word()), camp[Slack].channel(camp.word())]
    for channel in channels:  # the first time, workers may not have started to work yet when others are done
        await must_all_count(camp, user, channel)
    await camp.restart_workers()  # whoever counts on has not counted before
    for channel in channels:
        must_say_number(camp, await slash(camp, user, channel, "/count"), AT_ONCE + 1)
        must_have_counted(camp, channel, AT_ONCE + 1)


async def must_all_count(camp: Camp, user: User, channel: Channel) -> None:
    """Many /count at once; each gets a number of its own."""
    answers = await asyncio.gather(*(slash(camp, user, channel, "/count") for _one in range(AT_ONCE)))
    camp.note(_("/count, {count} times at once").format(count=AT_ONCE))
    found = [numbers_in(camp, answer) for answer in answers]
    if not each_has_its_own(found, AT_ONCE):
        shown = sorted(" ".join(map(str, sorted(numbers))) or "-" for numbers in found)
        fail(
            seen=_("the numbers {numbers}").format(numbers=", ".join(shown)),
            expected=_("each number from 1 to {count} in one answer").format(count=AT_ONCE),
            next=_("Reading, adding and writing are three steps, and another worker may write in the middle of them. ")
            + _("Let the database add (patch, incr), or write only if nobody else did (ETag), and try again."),
        )
    must_have_counted(camp, channel, AT_ONCE)


@check("2.8")
async def test_no_secret_in_the_code(camp: Camp) -> None:
    """No secret in the code"""
    if found := await asyncio.to_thread(leaks_in, camp.host.app_dir):
        camp.note(_("Every file of the app's folder was read."))
        fail(
            seen="\n".join(map(str, found[:6])),
            expected=_("no secret in the folder: everybody who gets your code would get it"),
            next=_('Read it from an app setting: os.environ["..."]. If it was a real key, change it: it is known now.'),
        )


def must_be_acknowledged(camp: Camp, message: Message) -> None:
    """Slack got a 2xx for every delivery of the message, a second one too."""
    for delivery in camp[Slack].workspace.deliveries:
        if delivery.message_ts == message.ts and not delivery.ok:
            fail(
                seen=status_of(camp, delivery),
                expected=_("status 200 for each delivery"),
                next=_("What is there already is no error: write it again (upsert), or leave it as it is."),
            )


def hostile_times(camp: Camp) -> list[str]:
    """Values of `before` that are no ts; all of them are less than one, or no number at all."""
    word = camp.word()
    return ["' OR 1=1 --", "0' OR '1'='1", f"0') OR (1=1 OR '{word}'='", "0\\' OR 1=1 --", "0 OR true"]


def must_be_older(rows: Sequence[Any], before: str) -> None:
    """As a text, this `before` is less than every ts: nothing is older."""
    if rows:
        fail(
            seen=ngettext("1 message", "{count} messages", len(rows)) + f", before={before}",
            expected=_("none, or status 400: this is no time stamp, and as a text it is less than each"),
            next=_("Put `before` into a parameter (@before), too, or refuse what is no time stamp."),
        )


def why_not(rows: Sequence[Any], page: "Sequence[Kept.Told]", before: str, limit: int) -> str:
    """What is probably wrong with an answer of the read endpoint."""
    stamps = [str(row.get("ts")) for row in rows]
    if len(rows) > limit:
        return _("At most so many messages as `limit` says.")
    if before in stamps:
        return _("`before` is exclusive: the message with this ts was on the page before.")
    if set(stamps) - {one.ts for one in page}:
        return _("Only messages of this channel that are older than `before`, and of those the newest.")
    if stamps != sorted(stamps, reverse=True):
        return _("The newest message comes first. Order by ts, before you cut off by `limit`.")
    return _("Each message has user, text and ts, as they were said.")


def hostile_names(camp: Camp, channel: Channel) -> list[str]:
    """Names that are no channel's; the first three could be, for all that Slack and Cosmos DB forbid."""
    word, id = camp.word(), channel.id
    return [
        f"{word}' OR 1=1 --",
        f'{word}" OR "1"="1',
        f"{word}學é%",
        f"{word}' OR '1'='1",
        f"{word}\\' OR 1=1 --",
        f"{word}' OR c.channel != '{word}",
        f"{word}') OR (1=1",
        f"{id}'",
        f"{id[:-1]}_",
        f"{id[:4]}%",
        "%",
        id[:-1],
        id[1:],
        id.lower(),
    ]


def must_name(camp: Camp, rows: Sequence[Any], name: str, anyway: Sequence[Any]) -> None:
    """The rows are what this name names in the database, and no more. An endpoint that tells messages of other channels
    `anyway`, for a harmless name that names nothing, may do so: that is for another check to judge."""
    own = [*camp[Cosmos].all("messages", channel=name)]
    if not all_of(rows, own) and not (anyway and all_of(rows, anyway)):
        fail(
            seen=_by_ts([row.get("ts") for row in rows]) + "".join(f"\n{row}" for row in rows[:4]),
            expected=_by_ts([one.get("ts") for one in own]) + ": " + _("those whose channel has exactly this name"),
            next=_("Put the name into a parameter (@channel), never into the SQL text; and compare it by = alone."),
        )


def all_of(rows: Sequence[Any], documents: Sequence[Any]) -> bool:
    """Whether these are all of the documents and no others, wherever in a document its time stamp stands."""
    stamps = [str(row.get("ts", "")) for row in rows]
    return len(rows) == len(documents) and all(any(stamp in str(one) for one in documents) for stamp in stamps)


def _by_ts(stamps: Sequence[Any]) -> str:
    """How many messages, and which: two lists of the same length may differ."""
    shown = ", ".join(f"{stamp}" for stamp in stamps[:4]) + (", …" if len(stamps) > 4 else "")
    return ngettext("1 message", "{count} messages", len(stamps)) + (f" (ts {shown})" if stamps else "")


def malformed_bodies(camp: Camp, user: User, channel: Channel) -> list[Any]:
    """Validly signed, and yet no message."""
    whole = message_payload(camp, user, channel)
    return [
        b'{"type": "event_callback", "event": ' + camp.word().encode(),
        f"[{camp.word()!r}]".replace("'", '"').encode(),
        {**whole, "event": None},
        message_payload(camp, user, channel, channel=...),
        message_payload(camp, user, channel, channel=None),
        message_payload(camp, user, channel, ts=...),
    ]


def numbers_in(camp: Camp, answer: Answer) -> set[int]:
    """The whole numbers in the text of a slash command's answer; the check fails when the command failed."""
    if answer.status != 200:
        error = camp.last_error() or ""
        nowhere = _("No function answers at {url}. Look at its route and its methods.")
        fail(
            seen=_("status {status}").format(status=answer.status) + f"\n{answer.text[:200]}\n{error}",
            expected=_("status 200, and the number"),
            next=nowhere.format(url="/api/slack/commands")
            if answer.status == 404
            else _("A command that loses against another one must try again, not give up."),
        )
    said = answer_of(answer.body) or {}
    return {int(number) for number in NUMBER.findall(str(said.get("text", "")) + str(said.get("blocks", "")))}


def each_has_its_own(found: Sequence[set[int]], count: int) -> bool:
    """Whether the answers can be told apart by a number each, from 1 to `count`."""
    owner: dict[int, int] = {}

    def settle(place: int, tried: set[int]) -> bool:
        for number in found[place] & set(range(1, count + 1)):
            if number not in tried:
                tried.add(number)
                if number not in owner or settle(owner[number], tried):
                    owner[number] = place
                    return True
        return False

    return all(settle(place, set()) for place in range(len(found)))


def must_say_number(camp: Camp, answer: Answer, number: int) -> None:
    numbers = numbers_in(camp, answer)
    if number not in numbers:
        fail(
            seen=answer.text,
            expected=_("an answer with the number {number}").format(number=number),
            next=_("Every channel has a counter of its own, whose id is the channel's id."),
        )


def must_have_counted(camp: Camp, channel: Channel, number: int) -> None:
    counters = counters_of(camp, channel)
    if [one.get("count") for one in counters] != [number]:
        fail(
            seen=_("the counter documents {found}").format(
                found=[{"id": one["id"], "count": one.get("count")} for one in counters]
            ),
            expected=_("one document with the id {id} and the count {number}").format(id=channel.id, number=number),
            next=_("Keep the counter in the container counters: id is the channel's id, count the number."),
        )
