import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from azure.cosmos.aio import ContainerProxy, CosmosClient

from localcloud.cosmos.emulator import Emulator

Until = Callable[..., Awaitable[None]]

SEEN = """
import json, os

def keep(documents, path="seen"):
    with open(os.path.join(os.environ["SEEN"], path), "a") as file:
        file.write(json.dumps([one["id"] for one in documents]) + "\\n")
"""
TRIGGER = (
    SEEN
    + """
@app.cosmos_db_trigger("documents", "C", "camp", "messages", create_lease_container_if_not_exists=True,
                       start_from_beginning=True)
def heard(documents: func.DocumentList):
    keep(documents)
"""
)


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An account in memory, with camp/messages by /channel."""
    account = Emulator(None)
    await account.start()
    await account.create_container("camp", "messages", "/channel")
    yield account
    await account.stop()


@pytest.fixture
async def messages(emulator: Emulator) -> AsyncIterator[ContainerProxy]:
    """The container as another program sees it."""
    async with CosmosClient(emulator.url, emulator.key) as client:
        yield client.get_database_client("camp").get_container_client("messages")


@pytest.fixture
def settings(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    return {"C": emulator.connection_string, "SEEN": str(tmp_path)}


@pytest.fixture
def batches(tmp_path: Path) -> Callable[..., list[list[str]]]:
    """What the functions were given, batch by batch: ids."""

    def read(path: str = "seen") -> list[list[str]]:
        file = tmp_path / path
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    return read


async def put(messages: ContainerProxy, *ids: str, channel: str = "general") -> None:
    for id in ids:
        await messages.upsert_item({"id": id, "channel": channel})


def ids(batches: list[list[str]]) -> list[str]:
    return [id for batch in batches for id in batch]


@pytest.mark.covers(
    "Cosmos DB trigger: a call for each batch of changed documents, with _lsn; from the beginning if asked"
)
async def test_a_function_is_called_with_what_changed(
    settings: Any, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    await put(messages, "1", "2")
    running = await run_app(
        TRIGGER.replace('keep(documents)', 'keep(documents); assert all("_lsn" in one for one in documents)'),
        settings=settings, fast=True,
    )  # fmt: skip
    await until(lambda: batches() == [["1", "2"]])
    await put(messages, "3", "1")
    await until(lambda: sorted(ids(batches())) == ["1", "1", "2", "3"])
    await until(lambda: len(running.entries("invocation.finished")) == len(batches()))
    started = running.entries("invocation.started")[0]
    assert all(one["ok"] for one in running.entries("invocation.finished"))
    assert (started["database"], started["container"], started["count"]) == ("camp", "messages", 2)
    assert started["documents"][0]["id"] == "1" and started["documents"][0]["partition_key"] == "general"
    assert "Reason='New changes on container messages at" in running.lines


@pytest.mark.covers("Cosmos DB trigger: without start_from_beginning, what changes once it listens")
async def test_what_was_there_before_is_left_alone(
    settings: Any, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    await put(messages, "old")
    await run_app(TRIGGER.replace("start_from_beginning=True", ""), settings=settings, fast=True)
    await put(messages, "new")
    await until(lambda: batches() == [["new"]])


@pytest.mark.covers("Cosmos DB trigger: start_from_time")
async def test_a_feed_can_begin_at_a_time(
    settings: Any, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    await put(messages, "1")
    start = 'start_from_time="2021-02-16T14:19:29Z"'
    await run_app(TRIGGER.replace("start_from_beginning=True", start), settings=settings, fast=True)
    await until(lambda: batches() == [["1"]])
    await put(messages, "2")
    await until(lambda: batches() == [["1"], ["2"]])


@pytest.mark.covers("Cosmos DB trigger: max_items_per_invocation bounds a batch")
async def test_a_batch_is_bounded(settings: Any, run_app: Any, messages: Any, batches: Any, until: Until) -> None:
    await put(messages, *"12345")
    most = "start_from_beginning=True, max_items_per_invocation=2"
    await run_app(TRIGGER.replace("start_from_beginning=True", most), settings=settings, fast=True)
    await until(lambda: batches() == [["1", "2"], ["3", "4"], ["5"]])


@pytest.mark.covers("Cosmos DB trigger: a restart goes on where the last call ended, and repeats nothing")
async def test_a_restart_neither_loses_nor_repeats(
    settings: Any, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    await put(messages, "1")
    first = await run_app(TRIGGER, settings=settings, fast=True)
    await until(lambda: batches() == [["1"]])
    await first.host.restart()
    await put(messages, "2")
    await until(lambda: batches() == [["1"], ["2"]])
    await first.host.stop()
    await put(messages, "3")
    await run_app(TRIGGER, settings=settings, fast=True)
    await until(lambda: batches() == [["1"], ["2"], ["3"]])


FAILING = TRIGGER.replace(
    "    keep(documents)\n", "    keep(documents)\n    if documents[0]['id'] == 'bad': raise ValueError\n"
)


@pytest.mark.covers("Cosmos DB trigger: the batch of a function that fails is lost, as on Azure")
async def test_a_failing_batch_is_lost_without_a_retry_policy(
    settings: Any, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    running = await run_app(FAILING, settings=settings, fast=True)
    await put(messages, "bad")
    await until(lambda: batches() == [["bad"]])
    await put(messages, "good")
    await until(lambda: batches() == [["bad"], ["good"]])
    await running.host.restart()
    await put(messages, "next")
    await until(lambda: batches() == [["bad"], ["good"], ["next"]])


@pytest.mark.covers("Cosmos DB trigger: a retry policy tries the batch again before it goes on")
async def test_a_failing_batch_is_kept_by_a_retry_policy(
    settings: Any, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    retry = '@app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:01")\n'
    code = (
        FAILING.replace("@app.cosmos_db_trigger", retry + "@app.cosmos_db_trigger")
        .replace("def heard(documents: func.DocumentList):", "def heard(documents: func.DocumentList, context):")
        .replace("raise ValueError", "assert context.retry_context.retry_count == 2")
    )
    running = await run_app(code, settings=settings, fast=True)
    await put(messages, "bad")
    await until(lambda: len(batches()) == 3)
    await put(messages, "good")
    await until(lambda: batches() == [["bad"], ["bad"], ["bad"], ["good"]])
    assert running.entries("invocation.finished")[0]["ok"]


@pytest.mark.covers("Cosmos DB trigger: hosts share the leases; what one held goes on in another when it stops")
async def test_two_hosts_share_the_ranges(
    settings: Any, emulator: Emulator, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    await split(emulator, 4)
    code = TRIGGER.replace("keep(documents)", "keep(documents, os.environ['WHO'])")
    one = await run_app(code, settings={**settings, "WHO": "one"}, fast=True)
    await run_app(code, settings={**settings, "WHO": "two"}, fast=True)
    await until(lambda: sorted(owners(emulator).values()) == [2, 2])
    names = [str(number) for number in range(40)]
    for name in names:
        await put(messages, name, channel=name)
    await until(lambda: len(ids(batches("one")) + ids(batches("two"))) >= 40)
    assert Counter(ids(batches("one")) + ids(batches("two"))) == Counter(names)
    assert batches("one") and batches("two")
    await one.host.stop()
    for name in names:
        await put(messages, f"again {name}", channel=name)
    await until(lambda: sum(id.startswith("again") for id in ids(batches("two"))) == 40)


@pytest.mark.covers("Cosmos DB trigger: a lease whose host is gone runs out, and another takes it")
async def test_a_lease_that_runs_out_is_taken(
    settings: Any, emulator: Emulator, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    code = TRIGGER.replace("start_from_beginning=True", "start_from_beginning=True, lease_expiration_interval=700")
    first = await run_app(code, settings=settings, fast=True)
    await until(lambda: sum(owners(emulator).values()) == 1)
    async with CosmosClient(emulator.url, emulator.key) as client:
        leases = client.get_database_client("camp").get_container_client("leases")
        await first.host.stop()
        [lease] = [one for one in emulator.documents("camp", "leases") if "FeedRange" in one]
        await leases.upsert_item({**lease, "Owner": "a host that was killed"})
    await run_app(code, settings=settings, fast=True)
    await put(messages, "1")
    await until(lambda: batches() == [["1"]])


@pytest.mark.covers("Cosmos DB trigger: a split of a partition loses and repeats nothing")
async def test_a_killed_host_keeps_its_leases_until_they_run_out(
    settings: Any, run_app: Any, emulator: Emulator, messages: Any, batches: Any, until: Until
) -> None:
    host = (await run_app(TRIGGER, settings=settings)).host
    await until(lambda: sum(owners(emulator).values()) == 1)
    await put(messages, "1")
    await until(lambda: ids(batches()) == ["1"])
    (name,) = host.listening.names
    await host.kill()
    assert list(owners(emulator)) == [name]
    assert host.state == "Stopped"


async def test_a_split_loses_and_repeats_nothing(
    settings: Any, emulator: Emulator, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    await run_app(TRIGGER, settings=settings, fast=True)
    names = [str(number) for number in range(30)]
    for number, name in enumerate(names):
        await put(messages, name, channel=name)
        if number in (10, 20):
            await split(emulator, 2 if number == 10 else 3)
    await until(lambda: len(ids(batches())) >= 30)
    await until(lambda: sum(owners(emulator).values()) == 3)
    assert Counter(ids(batches())) == Counter(names)


@pytest.mark.covers(
    "Cosmos DB trigger: functions that share leases share the documents, unless lease_container_prefix differs"
)
@pytest.mark.parametrize(("prefix", "calls"), [("", 1), ('lease_container_prefix="two", ', 2)])
async def test_functions_share_leases_unless_their_prefix_differs(
    settings: Any, run_app: Any, messages: Any, batches: Any, until: Until, prefix: str, calls: int
) -> None:
    second = TRIGGER.removeprefix(SEEN).replace("def heard", "def second")
    second = second.replace("start_from_beginning", prefix + "start_from_beginning")
    running = await run_app(TRIGGER + second, settings=settings, fast=True)
    await put(messages, "1")
    await until(lambda: len(batches()) == calls)
    await running.host.quiet()
    assert len(batches()) == calls


@pytest.mark.covers("Cosmos DB trigger: a container that is missing is told of and waited for")
async def test_a_missing_container_is_waited_for(
    settings: Any, emulator: Emulator, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    missing = TRIGGER.replace("create_lease_container_if_not_exists=True,", "")
    running = await run_app(missing, settings=settings, fast=True)
    assert "the lease container 'leases' (in database 'camp') does not exist" in running.lines
    await emulator.create_container("camp", "leases", "/id")
    await put(messages, "1")
    await until(lambda: batches() == [["1"]])


@pytest.mark.covers("Cosmos DB trigger: a lease container must be another than the watched one, with the key /id")
async def test_leases_need_a_container_of_their_own(settings: Any, emulator: Emulator, run_app: Any) -> None:
    same = TRIGGER.replace("create_lease", 'lease_container_name="messages", create_lease')
    running = await run_app(same, settings=settings, fast=True)
    assert "The monitored container cannot be the same as the container storing the leases." in running.lines
    await emulator.create_container("camp", "other", "/kind")
    other = await run_app(same.replace('"messages", create', '"other", create'), settings=settings, fast=True)
    assert "must have partition key equal to id" in other.lines


@pytest.mark.covers("Cosmos DB trigger: a document that an output binding wrote carries the trace on")
async def test_a_trace_goes_on_through_a_document(settings: Any, run_app: Any, batches: Any, until: Until) -> None:
    write = """
@app.route(route="write")
@app.cosmos_db_output("out", "C", "camp", "messages")
def write(req: func.HttpRequest, out: func.Out[func.Document]) -> str:
    out.set(func.Document.from_dict({"id": "1", "channel": "c"}))
    return "ok"
"""
    running = await run_app(TRIGGER + write, settings=settings, fast=True)
    await running.text("/api/write")
    await until(lambda: batches() == [["1"]])
    first, second = running.entries("invocation.started")
    assert (first["function"], second["function"]) == ("write", "heard") and first["trace"] == second["trace"]
    assert second["documents"][0]["etag"] == running.entries("output.written")[0]["etag"]


def owners(emulator: Emulator) -> Counter[str]:
    """How many leases each host has."""
    leases = [one for one in emulator.documents("camp", "leases") if "FeedRange" in one]
    return Counter(one["Owner"] for one in leases if one["Owner"])


async def split(emulator: Emulator, count: int) -> None:
    """Lays the container out over so many physical partitions."""
    import aiohttp

    body = {"database": "camp", "container": "messages", "count": count}
    async with aiohttp.ClientSession() as http, http.post(f"{emulator.url}/_camp/partitions", json=body) as answer:
        assert answer.status < 300, await answer.text()


@pytest.mark.covers("Cosmos DB trigger: an account that goes away is waited for, and the feed goes on where it was")
async def test_an_account_that_comes_back_is_read_on(tmp_path: Path, run_app: Any, batches: Any, until: Until) -> None:
    account = Emulator(tmp_path / "data")
    await account.start()
    await account.create_container("camp", "messages", "/channel")
    given = {"C": account.connection_string, "SEEN": str(tmp_path)}
    running = await run_app(TRIGGER, settings=given, fast=True)
    async with CosmosClient(account.url, account.key) as client:
        await put(client.get_database_client("camp").get_container_client("messages"), "1")
    await until(lambda: batches() == [["1"]])
    await account.stop()
    await until(lambda: "An error occurred while reading the change feed" in running.lines)
    back = Emulator(tmp_path / "data", port=int(account_port(given["C"])))
    await back.start()
    async with CosmosClient(back.url, back.key) as client:
        await put(client.get_database_client("camp").get_container_client("messages"), "2")
    await until(lambda: "2" in ids(batches()))  # "1" comes again if the account went before it was told of its end
    await running.host.stop()
    await back.stop()


def account_port(connection: str) -> str:
    return connection.split("/;")[0].rpartition(":")[2]


@pytest.mark.covers("Cosmos DB trigger: a container that is deleted and made anew is read from its own start")
async def test_a_container_that_is_made_anew_is_read(
    settings: Any, emulator: Emulator, run_app: Any, messages: Any, batches: Any, until: Until
) -> None:
    running = await run_app(TRIGGER, settings=settings, fast=True)
    await put(messages, "1")
    await until(lambda: batches() == [["1"]])
    async with CosmosClient(emulator.url, emulator.key) as client:
        await client.get_database_client("camp").delete_container("messages")
        await until(lambda: "was interrupted" in running.lines)
        await emulator.create_container("camp", "messages", "/channel")
        await put(client.get_database_client("camp").get_container_client("messages"), "2")
    await until(lambda: batches() == [["1"], ["2"]])
