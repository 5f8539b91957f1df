"""The checks of Lab 5: a partition key that spreads, questions that stay cheap, a move, a counter, and a fleet."""

import asyncio
from collections import Counter
from typing import Any

from autograder.camp import Camp
from autograder.checking import check, fail
from autograder.checks.fleet_readings import first_readings, measured_readings, statuses_are_right
from autograder.checks.moving import Move
from autograder.checks.towns import asked, documents_of, filled, key_or_fail, module_of, rushed, told
from autograder.kinds.migration import Hosts
from autograder.kinds.module import Modules
from autograder.modules import Module, Sdk
from localcloud.cosmos.view import Cosmos
from localcloud.dynamodb.view import DynamoDb
from localcloud.load.costs import THREE_YEARS, Cost, cost_text, largest_key
from localcloud.load.decoys import sample
from localcloud.load.rush import START
from localcloud.load.town import HOUR, message
from localcloud.load.view import Load
from localcloud.messages import _

SAMPLE = 2_000
PREDICTIONS = 3
PROCESSES, THREADS, CALLS = 3, 4, 24
CALLS_BESIDE = 16  # while the check itself counts, too
PAUSES, LOOK_EVERY = 8, 0.001  # how many lengths a pause may have; seconds
SECONDS_TO_PREDICT, SECONDS_TO_COUNT = 5.0, 25.0
FLEET_UNITS, FLEET_SHARE = 1.5, 0.60


@check("5.1", timeout=45)
async def test_the_load_goes_through(camp: Camp) -> None:
    """The load goes through"""
    report, stored, messages = await rushed(camp)
    budget = camp[Load].budgets.refused_share
    if report.refused_share >= budget:
        fail(
            seen=_("{refused} of {answers} answers were 429 ({share:.0%}). {heat}").format(
                refused=report.refused, answers=report.answers, share=report.refused_share, heat=told(report)
            ),
            expected=_("less than {budget:.0%} of the answers are 429").format(budget=budget),
            next=_("Which key do the messages of one second have? No key gets more than its partition's 200 RU/s."),
        )
    if missing := [one["id"] for one in messages if one["id"] not in stored]:
        fail(
            seen=_("{missing} of {count} messages are not stored, for example {id}.").format(
                missing=len(missing), count=len(messages), id=missing[0]
            ),
            expected=_("every message is stored, with its own id"),
            next=_("to_document must leave the message's id as it is."),
        )


@check("5.2", timeout=45)
async def test_no_partition_glows(camp: Camp) -> None:
    """No partition glows"""
    report, _stored, _messages = await rushed(camp)
    budget = camp[Load].budgets.hottest_share
    if report.hottest_share > budget:
        fail(
            seen=told(report),
            expected=_("no physical partition uses more than {budget:.0%} of all request units").format(budget=budget),
            next=_("Spread the loud channel over several keys. Of a hierarchical key the first level alone decides."),
        )


@check("5.3", timeout=60)
async def test_the_main_question_stays_cheap(camp: Camp) -> None:
    """The main question stays cheap"""
    town = await filled(camp)
    budgets = camp[Load].budgets
    others = [(one, town.hour) for one in (*town.hostile, town.nobody)]
    costs: list[Cost] = []
    for channel, start in (town.loud, town.hour), (town.quiet, town.quiet_hour), *others:
        cost = await asked(camp, town, "channel_history", "channel", channel, start, start + HOUR)
        if cost.ru > budgets.history_ru or cost.partitions > budgets.history_partitions:
            fail(
                seen=_("An hour of {channel} used {ru:.1f} RU and touched {partitions} of 20 partitions.").format(
                    channel=channel, ru=cost.ru, partitions=cost.partitions
                ),
                expected=_("at most {ru:g} RU and {partitions} partitions").format(
                    ru=budgets.history_ru, partitions=budgets.history_partitions
                ),
                next=_("Ask with partition_key=..., once for each key that can hold the hour, and for no other."),
            )
        costs.append(cost)
    camp.measured = _("An hour of the loud channel used {loud}, of a quiet one {quiet}; at most {limit}.").format(
        loud=cost_text(costs[0]), quiet=cost_text(costs[1]),
        limit=cost_text(Cost(budgets.history_ru, budgets.history_partitions)),
    )  # fmt: skip
    await town.add(message(town.loud, town.user, "new", town.hour + HOUR / 2 + 0.123456))
    await town.edit(camp.rng.choice(town.right("channel", town.loud, town.hour, town.hour + HOUR)))
    await asked(camp, town, "channel_history", "channel", town.loud, town.hour, town.hour + HOUR)


@check("5.4", timeout=60)
async def test_the_second_question_too(camp: Camp) -> None:
    """The second question too"""
    town = await filled(camp)
    budget = camp[Load].budgets.user_ru
    hours = camp.rng.choice((10, 11, 12))
    start = START + camp.rng.randrange(0, 13 - hours) * HOUR
    costs: list[Cost] = []
    for user in (town.user, town.nobody):
        cost = await asked(camp, town, "user_messages", "user", user, start, start + hours * HOUR)
        if cost.ru > budget:
            fail(
                seen=_("The messages of {user} used {ru:.1f} RU, in {partitions} partitions.").format(
                    user=user, ru=cost.ru, partitions=cost.partitions
                ),
                expected=_("at most {budget:g} RU").format(budget=budget),
                next=_("One query over all partitions that the index answers: WHERE c.user = @user AND c.ts >= ... "),
            )
        costs.append(cost)
    camp.measured = _("{hours} hours of the loudest user used {cost}; at most {ru:g} RU.").format(
        hours=hours, cost=cost_text(costs[0]), ru=budget
    )
    await town.add(message(town.loud, town.user, "new", start + 2 * HOUR + 0.654321))
    await town.edit(camp.rng.choice(town.right("user", town.user, start, start + hours * HOUR)))
    await asked(camp, town, "user_messages", "user", town.user, start, start + hours * HOUR)


@check("5.5", timeout=45)
async def test_it_lasts(camp: Camp) -> None:
    """It lasts for three years"""
    module, definition = await module_of(camp)
    messages = camp[Load].town.messages(SAMPLE, START, THREE_YEARS, part="years")
    documents = await documents_of(module, messages)
    keyed = [(key_or_fail(one, definition), one) for one in documents]
    key, gigabytes = largest_key(keyed, messages=len(messages))
    budget = camp[Load].budgets.largest_gigabytes
    if gigabytes > budget:
        fail(
            seen=_("After three years and 100 million messages, the key {key} holds {gigabytes:.1f} GB.").format(
                key=key, gigabytes=gigabytes
            ),
            expected=_("at most {budget:g} GB: a logical partition never splits").format(budget=budget),
            next=_("More buckets, or a part of the time in the key."),
        )


@check("5.6", timeout=150)
async def test_the_move_loses_nothing(camp: Camp) -> None:
    """The move loses nothing"""
    _module, definition = await module_of(camp)
    move = await Move.begin(camp[Cosmos], camp[Load].town, definition, camp.rng)
    camp.note(_(
        "300 messages are in camp/messages; 100 more and 60 edits come while two hosts move them. A worker is "
        "killed in an invocation, and then one of the hosts."
    ))  # fmt: skip
    first, second = camp[Hosts].new(), camp[Hosts].new()
    await asyncio.gather(*(camp[Hosts].start(one) for one in (first, second)))
    if await move.settle(first, second):
        move.crash_the_next(first)
    await move.write_half()
    replaced = await move.kill(second, camp[Hosts])
    await move.settle(first, replaced)
    await move.write_rest()
    await move.rest(first, replaced)
    elsewhere = await camp[Modules].fresh("partitioning", cold=True)
    move.judge(await documents_of(elsewhere, move.latest), definition)
    move.must_have_crashed()


@check("5.7", timeout=60)
async def test_the_counter_stays_right(camp: Camp) -> None:
    """The counter stays right"""
    cosmos = camp[Cosmos]
    channel, other = f"C{camp.rng.getrandbits(48):012X}", f"C{camp.rng.getrandbits(48):012X}"
    counters = Sdk.container(cosmos.url, cosmos.key, cosmos.database, "counters")
    modules = await asyncio.gather(*(camp[Modules].fresh("partitioning") for _process in range(PROCESSES)))
    calls = [(counters, channel)] * (CALLS // PROCESSES)
    counted = await asyncio.gather(
        *(one.together("count_up", calls, threads=THREADS, seconds=SECONDS_TO_COUNT) for one in modules)
    )
    numbers = [number for found in counted for number in found]
    _must_count(numbers, cosmos.get("counters", channel))
    numbers += await _counted_beside(camp, modules[0], counters, channel)
    _must_count(numbers, cosmos.get("counters", channel))
    first = await modules[0].call("count_up", counters, other, seconds=SECONDS_TO_COUNT)
    kept = cosmos.get("counters", channel) or {}
    if first != 1 or kept.get("count") != len(numbers):
        fail(
            seen=_("The first count of another channel is {first}; {channel} is {count} after it.").format(
                first=first, channel=channel, count=kept.get("count")
            ),
            expected=_("1, and still {count}").format(count=len(numbers)),
            next=_("A counter belongs to one channel: its id is the channel."),
        )


@check("5.8", timeout=45)
async def test_you_predicted_it(camp: Camp) -> None:
    """You predicted it"""
    module = await camp[Modules].get("partitioning")
    for _sample in range(PREDICTIONS):
        shown = sample(camp.rng)
        named = await module.call("predict", list(shown.said), seconds=SECONDS_TO_PREDICT)
        if named != shown.loudest:
            counts = Counter(one["channel"] for one in shown.said)
            fail(
                seen=_("predict names {named}: {count} of {all} messages of the sample.").format(
                    named=named, count=counts.get(named, 0) if isinstance(named, str) else 0, all=len(shown.said)
                ),
                expected=_("{loudest}, with {count}").format(loudest=shown.loudest, count=counts[shown.loudest]),
                next=_("Every message is one write. Who talks, and how long, hardly matters: what does?"),
            )


@check("5.9", timeout=150)
async def test_the_fleet_on_dynamodb(camp: Camp) -> None:
    """The fleet on DynamoDB"""
    module = await camp[Modules].get("fleet")
    account = await camp[DynamoDb].open()
    devices = await first_readings(camp, module, account)
    readings, since = await measured_readings(camp, module, account, devices)
    units = sum(call.units for call in account.calls(since) if call.is_write)
    if units > FLEET_UNITS * readings:
        fail(
            seen=_("{readings} readings cost {units:g} write capacity units: {each:.2f} each.").format(
                readings=readings, units=units, each=units / readings
            ),
            expected=_("at most {units:g} a reading").format(units=FLEET_UNITS),
            next=_("A write costs a unit for each KB of the whole item, however little changed; an index costs again."),
        )
    _must_spread(account, since)
    await statuses_are_right(await camp[Modules].fresh("fleet"), account, devices)


async def _counted_beside(camp: Camp, module: Module, counters: Sdk, channel: str) -> list[Any]:
    """The numbers of further calls, and those that the check took meanwhile: it shares nothing with the module but the
    document. After each of its numbers it waits for one of the module's, so that who tries again is not held up."""
    cosmos, ended, taken = camp[Cosmos], asyncio.Event(), list[Any]()

    async def theirs() -> list[Any]:
        try:
            calls = [(counters, channel)] * CALLS_BESIDE
            return await module.together("count_up", calls, threads=1, seconds=SECONDS_TO_COUNT)
        finally:
            ended.set()

    async def ours() -> None:
        seen = None
        while not ended.is_set():
            await asyncio.sleep(LOOK_EVERY)
            if cosmos.get("counters", channel) == seen:
                continue
            await asyncio.sleep(len(taken) % PAUSES * LOOK_EVERY)  # until some call has read, and has not written
            document = cosmos.get("counters", channel) or {}
            if isinstance(document.get("count"), int):
                # Nothing comes between the look and the write: both are done in one turn of the event loop.
                seen = {**document, "count": document["count"] + 1}
                await cosmos.fill("counters", [seen])
                taken.append(seen["count"])

    numbers, _none = await asyncio.gather(theirs(), ours())
    return [*numbers, *taken]


def _must_count(numbers: list[Any], document: dict[str, Any] | None) -> None:
    """Each number once, and the document says the last."""
    calls = len(numbers)
    if sorted(map(repr, numbers)) != sorted(repr(number) for number in range(1, calls + 1)):
        twice = [number for number, times in Counter(map(repr, numbers)).items() if times > 1]
        fail(
            seen=_("{calls} calls returned {numbers}; more than once: {twice}.").format(
                calls=calls, numbers=sorted(numbers, key=repr), twice=", ".join(twice) or "-"
            ),
            expected=_("the numbers 1 to {calls}, each once").format(calls=calls),
            next=_(
                "Between your read and your write somebody else writes, perhaps on another computer, where no lock of "
                "yours holds: write on condition (ETag), and try again."
            ),
        )
    if (document or {}).get("count") != calls:
        fail(
            seen=_("The document is {document}.").format(document=document),
            expected=_("its count is {calls}").format(calls=calls),
            next=_("The document has the channel for its id, and the number in count."),
        )


def _must_spread(account: DynamoDb, since: int) -> None:
    """No partition key has most of the writes."""
    used: dict[str, float] = {}
    for call in account.calls(since):
        for key, spent in call.keys.items() if call.is_write else ():
            used[key] = used.get(key, 0.0) + spent
    hottest, units = max(used.items(), key=lambda one: one[1], default=("-", 0.0))
    if units > FLEET_SHARE * sum(used.values()):
        fail(
            seen=_("The partition key {key} took {share:.0%} of all units.").format(
                key=hottest, share=units / sum(used.values())
            ),
            expected=_("no key takes more than {share:.0%} over three buildings").format(share=FLEET_SHARE),
            next=_("DynamoDB spreads by the partition key alone: give every building its own."),
        )
