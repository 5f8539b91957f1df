from collections.abc import AsyncIterator

import pytest

from localcloud.aws.client import AwsClient
from localcloud.aws.moto import Moto
from localcloud.aws.service import SERVICE, Prepared, make_tables
from localcloud.aws.view import Aws, Depth, plain
from localcloud.cloud import NotAsExpected, PreparationError

from .conftest import Bench


@pytest.fixture
async def seen(aws: AwsClient) -> AsyncIterator[Aws]:
    yield Aws(aws)


async def test_queues_and_what_they_hold(bench: Bench, seen: Aws) -> None:
    assert bench.url in await seen.queues()
    queue = await seen.queue(bench.url)
    assert (queue.name, queue.most_receives) == (bench.name, 5)
    assert queue.dead_letter_arn == (await seen.queue(bench.dead_url)).arn
    ids = await seen.send(bench.url, "a", "b")
    assert len(ids) == 2 and await seen.depth(bench.url) == Depth(2, 0, 0)


async def test_all_messages_of_a_dead_letter_queue_are_seen_and_stay(bench: Bench, seen: Aws) -> None:
    for first in (0, 10, 20):
        await seen.send(bench.dead_url, *(f"letter {first + number}" for number in range(8)))
    for look in (1, 2):
        found = await seen.messages(bench.dead_url)
        assert len({one.id for one in found}) == 24
        assert {one.receives for one in found} == {look}
        assert await seen.depth(bench.dead_url) == Depth(24, 0, 0)


async def test_what_is_received_is_hidden_for_the_time_that_a_check_sets(bench: Bench, seen: Aws) -> None:
    await seen.set_visibility(bench.url, 7)
    answer = await bench.aws.sqs("GetQueueAttributes", QueueUrl=bench.url, AttributeNames=["VisibilityTimeout"])
    assert answer["Attributes"] == {"VisibilityTimeout": "7"}


async def test_a_wait_ends_when_the_queue_is_as_it_should_be_or_fails(bench: Bench, seen: Aws) -> None:
    await seen.send(bench.url, "a")
    depth = await seen.until(bench.url, lambda depth: depth.visible == 1, expected="one", next="send it")
    assert depth.all == 1
    with pytest.raises(NotAsExpected) as caught:
        await seen.until(bench.url, lambda depth: depth.all == 0, expected="none", next="delete it", seconds=0.2)
    assert caught.value.seen == f"Time-out: after 0.2 seconds {bench.name} holds 1 message, 0 in flight."


async def test_a_queue_that_is_not_there_is_not_as_expected_whatever_is_asked_of_it(seen: Aws, moto: Moto) -> None:
    url = f"{moto.endpoint}/123456789012/nowhere"
    for asked in (
        lambda: seen.queue(url),
        lambda: seen.set_visibility(url, 1),
        lambda: seen.send(url, "a"),
        lambda: seen.depth(url),
        lambda: seen.messages(url),
    ):
        with pytest.raises(NotAsExpected, match="nowhere, answers QueueDoesNotExist"):
            await asked()


async def test_a_table_that_is_not_there_is_not_as_expected(seen: Aws) -> None:
    with pytest.raises(NotAsExpected, match="the table nowhere, answers ResourceNotFoundException"):
        await seen.items("nowhere")


async def test_a_queue_that_refuses_a_message_is_not_as_expected(bench: Bench, seen: Aws) -> None:
    limit = {"MaximumMessageSize": "1024"}
    await bench.aws.sqs("SetQueueAttributes", QueueUrl=bench.url, Attributes=limit)
    with pytest.raises(NotAsExpected, match="answers InvalidParameterValue"):
        await seen.send(bench.url, "a" * 2_000)


async def test_tables_are_made_once_and_their_items_are_plain(seen: Aws, moto: Moto, bench: Bench) -> None:
    prepared = Prepared({bench.name: "id"})
    await make_tables(moto.endpoint, prepared)
    await make_tables(moto.endpoint, prepared)
    for id in ("one", "two"):
        item = {"id": {"S": id}, "count": {"N": "3"}, "more": {"M": {"on": {"BOOL": True}, "of": {"NULL": True}}}}
        await seen.client.dynamodb("PutItem", TableName=bench.name, Item=item)
    found = sorted(await seen.items(bench.name), key=lambda item: str(item["id"]))
    assert found[0] == {"id": "one", "count": 3, "more": {"on": True, "of": None}}
    assert [one["id"] for one in found] == ["one", "two"]


def test_every_type_of_dynamodb_has_a_plain_value() -> None:
    assert plain({"L": [{"N": "1.5"}, {"S": "a"}]}) == [1.5, "a"]
    assert plain({"NS": ["2", "1"]}) == [1, 2]
    assert plain({"SS": ["a", "b"]}) == ["a", "b"]
    assert plain({"B": "YQ=="}) == "YQ=="


def test_a_lab_prepares_tables() -> None:
    assert SERVICE.prepare({"tables": {"reports": "id"}}) == Prepared({"reports": "id"})
    assert SERVICE.prepare({}) == Prepared()
    handler = {"handler": "sqs_worker.py:handler", "queues": "make_queues"}
    assert SERVICE.prepare(handler) == Prepared({}, "sqs_worker.py:handler", "make_queues")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"tables": ["reports"]}, "tables must be"),
        ({"tables": {"re": "id"}}, "tables must be"),
        ({"tables": {"reports": 1}}, "tables must be"),
        ({"handler": "sqs_worker.handler"}, "handler must be"),
        ({"queues": ["reports"]}, "queues must be"),
        ({"topics": []}, "unknown key topics"),
    ],
)
def test_what_a_lab_cannot_prepare_is_a_clear_error(table: dict[str, object], words: str) -> None:
    with pytest.raises(PreparationError, match=words):
        SERVICE.prepare(table)
