"""Dead letters of every cloud: listed and put back by the real services."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from azure.cosmos import CosmosClient
from playwright.async_api import Browser, expect

from localcloud import extras
from localcloud.aws.moto import Moto
from localcloud.portal.guard import Refused
from localcloud.portal.page import Connections
from localcloud.portal.queues.dead_letters import sources
from localcloud.portal.queues.redrives import Redrives, Sqs

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Portal, RunBot

APP = """
import azure.functions as func

app = func.FunctionApp()
replayed = []


@app.route(route="deadletters/{id}/replay", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
def replay(req: func.HttpRequest) -> func.HttpResponse:
    if req.route_params["id"] in replayed:
        return func.HttpResponse("There is no such letter.", status_code=404)
    replayed.append(req.route_params["id"])
    return func.HttpResponse("{}")
"""


INK, EMBER = "rgb(35, 40, 43)", "rgb(168, 50, 26)"  # of light colours


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    extras.ensure("moto", print)
    with Moto() as running:
        yield running


async def dead(portal: "Portal", source: str) -> Any:
    return next(one for one in await portal.json("api/queues/dead") if one["of"] == source)


async def redriven(sqs: Sqs, *bodies: str) -> str:
    """A queue with a dead-letter queue that holds these messages; its name."""
    name = f"q{uuid.uuid4().hex[:10]}"
    made = await sqs.ask("CreateQueue", QueueName=f"{name}-dead")
    found = await sqs.ask("GetQueueAttributes", QueueUrl=made["QueueUrl"], AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": found["Attributes"]["QueueArn"], "maxReceiveCount": 5}
    await sqs.ask("CreateQueue", QueueName=name, Attributes={"RedrivePolicy": json.dumps(policy)})
    for body in bodies:
        await sqs.ask("SendMessage", QueueUrl=made["QueueUrl"], MessageBody=body)
    return name


async def group_of(redrives: Redrives, name: str) -> Any:
    return next(one for one in await redrives.groups() if one["of"] == name)


async def test_a_letter_of_sqs_goes_back_to_its_queue(moto: Moto) -> None:
    sqs = Sqs(moto.endpoint)
    redrives = Redrives(sqs)
    name = await redriven(sqs, "first", "second")
    group = await group_of(redrives, name)
    assert (group["name"], group["tries"], group["count"]) == (f"{name}-dead", 5, 2)
    ids = {one["text"]: one["id"] for one in group["letters"]}
    await redrives.replay(f"{name}-dead", ids["second"])
    assert [one["text"] for one in (await group_of(redrives, name))["letters"]] == ["first"]
    url = (await sqs.ask("GetQueueUrl", QueueName=name))["QueueUrl"]
    received = await sqs.ask("ReceiveMessage", QueueUrl=url)
    assert [one["Body"] for one in received["Messages"]] == ["second"]
    with pytest.raises(Refused, match="gone"):
        await redrives.replay(f"{name}-dead", ids["second"])
    with pytest.raises(Refused, match="not a dead-letter queue"):
        await redrives.replay(name, ids["first"])
    await sqs.close()


async def test_of_two_replays_of_one_letter_of_sqs_at_once_one_is_told_that_it_is_gone(moto: Moto) -> None:
    sqs = Sqs(moto.endpoint)
    name = await redriven(sqs, "only")
    people = [Redrives(sqs), Redrives(other := Sqs(moto.endpoint))]
    [letter] = (await group_of(people[0], name))["letters"]
    replays = [one.replay(f"{name}-dead", letter["id"]) for one in people]
    outcomes = await asyncio.gather(*replays, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "Refused"], outcomes
    url = (await sqs.ask("GetQueueUrl", QueueName=name))["QueueUrl"]
    received = await sqs.ask("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
    assert [one["Body"] for one in received["Messages"]] == ["only"]
    await asyncio.gather(sqs.close(), other.close())


async def test_an_aws_that_does_not_answer_is_told() -> None:
    sqs = Sqs("http://127.0.0.1:9")
    with pytest.raises(Refused, match="does not answer"):
        await Redrives(sqs).groups()
    await sqs.close()


def test_sqs_is_there_only_when_aws_runs(tmp_path: "Path") -> None:
    settings = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    assert [one.name for one in sources(Connections(settings, tmp_path, ["storage"]))] == ["storage"]
    assert [one.name for one in sources(Connections(settings, tmp_path, ["storage", "aws"]))] == ["storage", "sqs"]


async def test_a_poison_message_goes_back_once(shared: "Portal") -> None:
    queue = f"q{uuid.uuid4().hex[:10]}"
    for name in (queue, f"{queue}-poison"):
        await shared.post("api/queues/create", {"queue": name})
    await shared.post("api/queues/add", {"queue": f"{queue}-poison", "text": '{"order": 1}'})
    group = next(one for one in (await dead(shared, "storage"))["groups"] if one["of"] == queue)
    assert [one["text"] for one in group["letters"]] == ['{"order": 1}']
    body = {"group": f"{queue}-poison", "id": group["letters"][0]["id"]}
    answers = await asyncio.gather(*(shared.post("api/queues/dead/storage/replay", body) for _time in range(2)))
    assert sorted(status for status, _answer in answers) == [200, 409]
    found = await shared.json(f"api/queues?queue={queue}")
    assert (found["queue"]["count"], found["poison"]["count"]) == (1, 0)


async def test_a_place_is_red_only_while_it_holds_letters(browser: Browser, shared: "Portal") -> None:
    queue = f"q{uuid.uuid4().hex[:10]}"
    for name in (queue, f"{queue}-poison"):
        await shared.post("api/queues/create", {"queue": name})
    page = await browser.new_page()
    await page.goto(f"{shared.url}queues?queue={queue}")
    heading = page.get_by_role("heading", name=f"{queue} → {queue}-poison")
    await expect(heading).to_have_css("color", INK)
    await shared.post("api/queues/add", {"queue": f"{queue}-poison", "text": "{}"})
    await expect(heading).to_have_css("color", EMBER)
    await page.close()


async def test_a_letter_is_replayed_by_the_app_with_its_key(portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot(APP, enforce_keys=True)
    client = CosmosClient.from_connection_string(portal.cosmos)
    database = client.create_database_if_not_exists("camp")
    letters = database.create_container_if_not_exists("deadletters", {"paths": ["/id"], "kind": "Hash"})
    letters.upsert_item({"id": "C1:2.5", "topic": "cats"})
    (group,) = (await dead(portal, "letters"))["groups"]
    assert (group["name"], group["count"]) == ("camp/deadletters", 1)
    assert json.loads(group["letters"][0]["text"]) == {"id": "C1:2.5", "topic": "cats"}
    body = {"group": "camp/deadletters", "id": "C1:2.5"}
    assert (await portal.post("api/queues/dead/letters/replay", body))[0] == 200
    status, answer = await portal.post("api/queues/dead/letters/replay", body)
    assert status == 409 and "gone" in answer["error"]
    database.delete_container("deadletters")


async def test_an_app_without_a_replay_function_is_told(portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    status, answer = await portal.post("api/queues/dead/letters/replay", {"group": "camp/deadletters", "id": "x"})
    assert status == 404 and "deadletters/{id}/replay" in answer["error"]


async def test_who_has_no_dead_letters_is_refused(shared: "Portal") -> None:
    status, answer = await shared.post("api/queues/dead/nobody/replay", {"group": "x", "id": "y"})
    assert status == 404 and "storage" in answer["error"]
