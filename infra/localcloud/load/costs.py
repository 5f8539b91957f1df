"""What a question costs under a key, and how large the largest logical key grows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from azure.cosmos.aio import ContainerProxy

from localcloud.cosmos.errors import CosmosError
from localcloud.messages import _, ngettext

from .designs import Design, Key
from .driver import Document, LoadFailed, client, made
from .rush import DATABASE, Account, Scale
from .town import HOUR, Message, Town

QUESTIONS = Scale(messages=800, seconds=12 * HOUR, partitions=20, throughput=120_000)
MESSAGES_IN_THREE_YEARS = 100_000_000
THREE_YEARS = 3 * 365 * 86_400
SAMPLE = 2_000  # messages of the three years that are measured
GIGABYTE = 10**9
NOTHING = 1e-6  # RU

OF_CHANNEL = "SELECT * FROM c WHERE c.channel = @x AND c.ts >= @start AND c.ts < @end"
OF_USER = "SELECT * FROM c WHERE c.user = @x AND c.ts >= @start AND c.ts < @end"


@dataclass(frozen=True)
class Cost:
    """Of one question: request units, and how many physical partitions had work with it."""

    ru: float
    partitions: int


@dataclass(frozen=True)
class Costs:
    """Of both questions under a key, and of the three years."""

    history: Cost
    user: Cost
    largest_gigabytes: float


def cost_text(cost: Cost) -> str:
    """For a person to read."""
    partitions = ngettext("1 partition", "{count} partitions", cost.partitions)
    return _("{ru:.1f} RU in {partitions}").format(ru=cost.ru, partitions=partitions)


def spent(before: Mapping[str, Any], after: Mapping[str, Any]) -> Cost:
    """Between two answers of `consumption`."""
    earlier, later = _used(before), _used(after)
    touched = sum(ru > earlier.get(id, 0.0) + NOTHING for id, ru in later.items())
    return Cost(round(after["totals"]["ru"] - before["totals"]["ru"], 2), touched)


def largest_key(keyed: Iterable[tuple[Sequence[object], Mapping[str, object]]], *, messages: int) -> tuple[str, float]:
    """The full key that the most bytes lie under, as JSON, and its gigabytes after three years, when these
    (key, document) pairs are of `messages` messages spread evenly over them."""
    sizes: Counter[str] = Counter()
    for key, document in keyed:
        sizes[orjson.dumps(list(key)).decode()] += len(orjson.dumps(document))
    if not sizes:
        return "[]", 0.0
    key_text, size = sizes.most_common(1)[0]
    return key_text, size * (MESSAGES_IN_THREE_YEARS / messages) / GIGABYTE


@dataclass(frozen=True)
class Questions:
    """Twelve hours of a town, and both questions about them: an hour of its loud channel, all of its loudest user."""

    said: Sequence[Message]
    channel: str
    hour: tuple[float, float]
    user: str
    period: tuple[float, float]

    @classmethod
    def of(cls, town: Town, start: float) -> "Questions":
        said = town.messages(QUESTIONS.messages, start, QUESTIONS.seconds, part="history")
        hour = start + (2 + town.seed % 8) * HOUR
        loudest = Counter(one["user"] for one in said).most_common(1)[0][0]
        return cls(said, town.loud, (hour, hour + HOUR), loudest, (start, start + QUESTIONS.seconds))

    def right(self, field: str, value: str, period: tuple[float, float]) -> list[str]:
        """The ids of the messages whose field has this value, in the period, oldest first."""
        first, last = (f"{one:.6f}" for one in period)
        return [one["id"] for one in self.said if one[field] == value and first <= one["ts"] < last]


async def filled(
    account: Account,
    name: str,
    paths: Sequence[str],
    documents: Sequence[Document],
    indexing_policy: dict[str, Any] | None = None,
) -> None:
    """A new container `name` of an account in this process, with these documents, for questions. LoadFailed."""
    assert account.emulator
    async with client(account.url, account.key) as sdk:
        database = await sdk.create_database_if_not_exists(DATABASE)
        await made(
            database, name, paths,
            throughput=QUESTIONS.throughput, partitions=QUESTIONS.partitions, indexing_policy=indexing_policy,
        )  # fmt: skip
    try:
        await account.emulator.put(DATABASE, name, list(documents))
    except CosmosError as error:
        raise LoadFailed(_("The documents are refused: {why}").format(why=error.message)) from error


async def costs_of(account: Account, name: str, design: Design, town: Town, start: float) -> Costs:
    """What an hour of the loud channel and twelve hours of the loudest user cost under a design, measured on a new
    container `name` of an account in this process."""
    asked = Questions.of(town, start)
    await filled(account, name, design.paths, [design.document(one) for one in asked.said])
    async with client(account.url, account.key) as sdk:
        container = sdk.get_database_client(DATABASE).get_container_client(name)
        history = await _cost(
            account, name, container, OF_CHANNEL, asked.channel, asked.hour,
            design.history(asked.channel, *asked.hour) if design.history else None, len(design.paths),
        )  # fmt: skip
        user = await _cost(
            account, name, container, OF_USER, asked.user, asked.period,
            design.user(asked.user, *asked.period) if design.user else None, len(design.paths),
        )  # fmt: skip
    sample = town.messages(SAMPLE, start, THREE_YEARS, part="years")
    largest = largest_key(((design.key(one), design.document(one)) for one in sample), messages=len(sample))[1]
    return Costs(history, user, round(largest, 2))


async def _cost(
    account: Account, name: str, container: ContainerProxy, sql: str, x: str, period: tuple[float, float],
    keys: Sequence[Key] | None, levels: int,
) -> Cost:  # fmt: skip
    before = await account.consumption(name)
    await ask(container, sql, x, period, keys, levels)
    return spent(before, await account.consumption(name))


async def ask(
    container: ContainerProxy, sql: str, x: str, period: tuple[float, float], keys: Sequence[Key] | None, levels: int
) -> list[dict[str, Any]]:
    """The documents that answer, oldest first: of the partition keys (or their beginnings) that are named, else of
    all. `levels` is how many the container's key has."""
    parameters: list[dict[str, Any]] = [
        {"name": "@x", "value": x},
        {"name": "@start", "value": f"{period[0]:.6f}"},
        {"name": "@end", "value": f"{period[1]:.6f}"},
    ]
    found: list[dict[str, Any]] = []
    for key in [None] if keys is None else keys:
        at: dict[str, Any] = {} if key is None else {"partition_key": key[0] if levels == 1 else key}
        found += [one async for one in container.query_items(sql, parameters=parameters, **at)]
    return sorted(found, key=lambda one: str(one["ts"]))


def _used(consumption: Mapping[str, Any]) -> dict[str, float]:
    return {one["id"]: sum(second[1] for second in one["seconds"]) for one in consumption["partitions"]}
