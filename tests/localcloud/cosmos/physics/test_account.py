"""Physics through the unmodified SDK."""

import json
import urllib.error
import urllib.request
from collections import Counter

import pytest
from azure.cosmos import CosmosClient, PartitionKey, ThroughputProperties
from azure.cosmos.exceptions import CosmosHttpResponseError

from localcloud.cosmos.emulator import Emulator
from localcloud.workarounds.cosmos_retries import policy_without_retries

OPTIONS = {"headers": {"x-camp-physical-partitions": "4"}}


@pytest.fixture(scope="module")
def impatient(running):
    """A client that does not try again after a 429."""
    with CosmosClient(running.url, running.key, connection_policy=policy_without_retries()) as client:
        yield client


@pytest.fixture
def make(database, request):
    """Makes containers that are gone after the test."""
    made = []

    def make(name=None, **options):
        container = database.create_container(name or request.node.name[:100], PartitionKey("/pk"), **options)
        made.append(container)
        return container

    yield make
    for one in made:
        database.delete_container(one)


def camp(running, path, body=None):
    """A call of the management endpoint."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{running.url}/_camp/{path}", data)
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.load(response)


def consumption(running, container, since=0):
    return camp(running, f"consumption?database=camp&container={container.id}&since={since}")


def ranges(container):
    return [one for one in container.read_feed_ranges()]


@pytest.mark.covers("physical partitions: as many as the throughput asks for")
def test_a_container_has_the_partitions_that_its_throughput_asks_for(make, running):
    assert len(ranges(make("one"))) == 1
    assert len(ranges(make("five", offer_throughput=30_000))) == 5
    assert len(ranges(make("autoscale", offer_throughput=ThroughputProperties(auto_scale_max_throughput=10_000)))) == 1
    told = {one["container"]: one for one in camp(running, "containers")}
    assert told["five"] | {"documents": 0} == {
        **{"database": "camp", "container": "five", "partitions": 5, "throughput": 30_000, "autoscale": None},
        **{"shared": False, "documents": 0, "bytes": 0},
    }
    assert told["autoscale"]["autoscale"] == 10_000


@pytest.mark.covers("physical_partitions: as many as a lab asks for")
def test_a_hot_key_is_refused_while_another_partition_serves(impatient, running, make, clock):
    make("hot", **OPTIONS)
    container = impatient.get_database_client("camp").get_container_client("hot")
    answers, refusals = [], []

    def seen(response):
        answers.append(response.http_response.status_code)
        if answers[-1] == 429:
            refusals.append(response.http_response.headers)

    def say(channel, number):
        container.upsert_item({"id": f"m-{number}", "pk": channel, "text": "x" * 900}, raw_response_hook=seen)

    with pytest.raises(CosmosHttpResponseError) as raised:
        for number in range(100):
            say("general", number)
    assert (raised.value.status_code, raised.value.sub_status) == (429, 3200)
    assert 0 < int(refusals[0]["x-ms-retry-after-ms"]) <= 1_000
    assert float(refusals[0]["x-ms-request-charge"]) == 0.38
    assert 5 < answers.count(201) < 30
    others = [f"channel-{number}" for number in range(12)]
    outcomes = Counter()
    for channel in others:
        try:
            say(channel, 0)
            outcomes["served"] += 1
        except CosmosHttpResponseError:
            outcomes["refused"] += 1
    assert outcomes["served"] >= 6
    told = consumption(running, container)
    assert told["keys"][0]["key"] == ["general"]
    hot = next(one for one in told["partitions"] if one["id"] == told["keys"][0]["partition"])
    assert hot["budget"] == 100
    assert sum(ru for _second, ru, *_more in hot["seconds"]) > 100
    assert told["totals"]["throttled"] == len(refusals)
    clock.now += 1
    say("general", 101)


def test_a_query_that_names_its_key_is_charged_to_it_and_waits_for_its_partition_alone(impatient, running, make):
    make("named", **OPTIONS)
    container = impatient.get_database_client("camp").get_container_client("named")
    query, keys = "SELECT * FROM c WHERE c.pk = @key", [f"channel-{number}" for number in range(12)]
    for key in keys:
        list(container.query_items(query, parameters=[{"name": "@key", "value": key}]))
    told = consumption(running, container)["keys"]
    assert sorted(one["key"][0] for one in told) == sorted(keys)
    hot = told[0]["partition"]
    with pytest.raises(CosmosHttpResponseError):
        for number in range(100):
            container.upsert_item({"id": str(number), "pk": told[0]["key"][0], "text": "x" * 900})
    cool = next(one["key"][0] for one in told if one["partition"] != hot)
    assert list(container.query_items(query, parameters=[{"name": "@key", "value": cool}])) == []


@pytest.mark.covers("429/3200 with x-ms-retry-after-ms, tried again by the SDK")
def test_the_sdk_tries_again_by_itself_and_nothing_is_hidden(make, running, clock):
    container = make("patient", **OPTIONS)
    clock.now = int(clock.now) + 0.9  # 0.1 s before the next second
    statuses = []

    def seen(response):
        statuses.append(response.http_response.status_code)
        if statuses[-1] == 429:
            clock.now += 1

    for number in range(30):
        container.create_item({"id": str(number), "pk": "a"}, raw_response_hook=seen)
    assert statuses.count(429) >= 1
    log = camp(running, "requests?database=camp&container=patient&since=0")
    assert [one["status"] for one in log] == statuses
    refused = next(one for one in log if one["status"] == 429)
    assert (refused["substatus"], refused["operation"], refused["key"]) == (3200, "Create", ["a"])
    assert camp(running, f"requests?database=camp&container=patient&since={log[-1]['sequence']}") == []


@pytest.mark.covers("splits when throughput is raised")
def test_scaling_up_splits_and_every_document_is_still_found(make, running, clock):
    container = make("growing", offer_throughput=12_000)
    keys = [f"key-{number}" for number in range(60)]
    for key in keys:
        container.create_item({"id": key, "pk": key})
        clock.now += 0.2
    before = ranges(container)
    assert container.replace_throughput(20_000).offer_throughput == 20_000
    assert len(camp(running, "consumption?database=camp&container=growing")["partitions"]) == 2
    container.replace_throughput(30_000)
    told = consumption(running, container)["partitions"]
    assert [(one["id"], one["parents"], one["budget"]) for one in told] == [
        ("2", ["0"], 10_000),
        ("3", ["0"], 10_000),
        ("1", [], 10_000),
    ]
    assert sum(one["documents"] for one in told) == 60
    assert all(container.read_item(key, key)["id"] == key for key in keys)
    found = container.query_items("SELECT * FROM c", enable_cross_partition_query=True)
    assert sorted(one["id"] for one in found) == sorted(keys)
    assert len(ranges(container)) == 3
    assert len(before) == 2


def changes(container, continuation=None):
    """The ids in the change feed, from the beginning or from where another reading ended, and where this one does."""
    where = {"continuation": continuation} if continuation else {"start_time": "Beginning"}
    feed = container.query_items_change_feed(**where)
    ids = [one["id"] for one in feed]
    return ids, container.client_connection.last_response_headers["etag"]


@pytest.mark.covers("change feed: resumed across a split")
def test_the_change_feed_goes_on_across_a_split(make, running, client):
    container = make("followed")
    for number in range(40):
        container.create_item({"id": f"old-{number}", "pk": f"key-{number}"})
    ids, position = changes(container)
    assert sorted(ids) == sorted(f"old-{number}" for number in range(40))
    camp(running, "partitions", {"database": "camp", "container": "followed", "count": 3})
    for number in range(40):
        container.create_item({"id": f"new-{number}", "pk": f"key-{number}"})
    ids, position = changes(container, position)
    assert sorted(ids) == sorted(f"new-{number}" for number in range(40))
    assert changes(container, position)[0] == []
    with CosmosClient(running.url, running.key) as fresh:
        again = fresh.get_database_client("camp").get_container_client("followed")
        assert len(changes(again)[0]) == 80


@pytest.mark.covers("410/1002 only for a physical partition that is gone")
def test_only_requests_that_name_a_partition_that_is_gone_are_told_so(make, running):
    container = make("gone")
    container.create_item({"id": "1", "pk": "a"})
    list(container.query_items("SELECT * FROM c", enable_cross_partition_query=True))
    camp(running, "partitions", {"database": "camp", "container": "gone", "count": 2})
    statuses = []

    def seen(response):
        statuses.append((response.http_response.status_code, response.http_response.headers.get("x-ms-substatus")))

    container.read_item("1", "a", raw_response_hook=seen)
    list(container.query_items("SELECT * FROM c", partition_key="a", raw_response_hook=seen))
    assert {status for status, _substatus in statuses} == {200}
    headers = {"x-ms-documentdb-partitionkeyrangeid": "0"}
    with pytest.raises(CosmosHttpResponseError) as raised:
        list(container.query_items("SELECT * FROM c", headers=headers, enable_cross_partition_query=True))
    assert (raised.value.status_code, raised.value.sub_status) == (410, 1002)


@pytest.mark.covers("scaling down never merges partitions")
def test_scaling_down_leaves_little_for_each_partition(make, running):
    container = make("shrinking", offer_throughput=30_000)
    container.replace_throughput(400)
    assert [one["budget"] for one in consumption(running, container)["partitions"]] == [80] * 5


@pytest.mark.covers("throughput: read and replace, manual and autoscale")
def test_throughput_is_read_and_replaced(make):
    container = make("offers")
    assert container.get_throughput().offer_throughput == 400
    assert container.replace_throughput(500).offer_throughput == 500
    with pytest.raises(
        CosmosHttpResponseError, match="between 400 and 1000000 inclusive in increments of 100"
    ) as raised:
        container.replace_throughput(450)
    assert raised.value.status_code == 400
    autoscale = make("offers-autoscale", offer_throughput=ThroughputProperties(auto_scale_max_throughput=4_000))
    assert autoscale.get_throughput().auto_scale_max_throughput == 4_000
    autoscale.replace_throughput(ThroughputProperties(auto_scale_max_throughput=6_000))
    assert autoscale.get_throughput().auto_scale_max_throughput == 6_000


@pytest.mark.covers("autoscale: scales between a tenth and the whole")
def test_autoscale_tells_what_it_has_scaled_to(make, running, clock):
    container = make("scaling", offer_throughput=ThroughputProperties(auto_scale_max_throughput=1_000))
    assert consumption(running, container)["scaled"] == 100
    for number in range(60):
        container.create_item({"id": str(number), "pk": "a"})
    clock.now += 1
    assert 250 < consumption(running, container)["scaled"] < 1_000
    assert consumption(running, make("manual"))["scaled"] is None


@pytest.mark.covers("throughput shared by a database's containers")
def test_containers_of_a_shared_database_share_its_throughput(client, running):
    database = client.create_database("shared", offer_throughput=500)
    first, own = (
        database.create_container("first", PartitionKey("/pk")),
        database.create_container("own", PartitionKey("/pk"), offer_throughput=400),
    )
    assert database.get_throughput().offer_throughput == 500
    offers = {one["resource"] for one in client.client_connection.ReadOffers()}
    assert first.read()["_self"] not in offers
    assert own.read()["_self"] in offers
    assert own.get_throughput().offer_throughput == 400
    told = {one["container"]: one for one in camp(running, "containers") if one["database"] == "shared"}
    assert (told["first"]["shared"], told["own"]["shared"]) == (True, False)
    database.replace_throughput(600)
    assert camp(running, "consumption?database=shared&container=first")["throughput"] == 600
    client.delete_database("shared")


@pytest.mark.covers("x-ms-request-charge on every answer, errors too")
def test_every_answer_tells_its_charge(make):
    container = make("charged")
    charges = {}

    def seen(name):
        def hook(response):
            charges[name] = float(response.http_response.headers["x-ms-request-charge"])

        return {"raw_response_hook": hook}

    item = {"id": "1", "pk": "a", "text": "x" * 700}
    container.create_item(item, **seen("create"))
    container.upsert_item(item, **seen("upsert"))
    container.read_item("1", "a", **seen("read"))
    list(container.query_items("SELECT * FROM c", partition_key="a", **seen("query")))
    for name, call in [
        ("conflict", lambda: container.create_item(item, **seen("conflict"))),
        ("missing", lambda: container.read_item("2", "a", **seen("missing"))),
    ]:
        with pytest.raises(CosmosHttpResponseError):
            call()
        assert charges[name] >= 1
    container.delete_item("1", "a", **seen("delete"))
    assert charges["read"] == 1
    assert charges["upsert"] == pytest.approx(2 * charges["create"], rel=0.05)
    assert charges["delete"] == pytest.approx(charges["create"], rel=0.05)
    assert 2 < charges["query"] < 4


@pytest.mark.parametrize("count", ["0", "x", "-1", "101", "1e1", ""])
def test_a_number_of_partitions_that_cannot_be_is_refused(database, count):
    with pytest.raises(CosmosHttpResponseError) as raised:
        database.create_container("no", PartitionKey("/pk"), headers={"x-camp-physical-partitions": count})
    assert raised.value.status_code == 400


@pytest.mark.covers("burst capacity as a switch")
def test_burst_capacity_is_switched_for_all_containers(make, running):
    container = make("bursting")
    assert consumption(running, container)["burst"] is False
    assert camp(running, "burst", {"on": True}) == {"on": True}
    assert consumption(running, container)["burst"] is True
    camp(running, "burst", {"on": False})
    assert consumption(running, container)["burst"] is False


def test_the_emulator_lays_out_more_partitions_on_request(make, running):
    container = make("laid-out")
    assert camp(running, "partitions", {"database": "camp", "container": "laid-out", "count": 5}) == {"partitions": 5}
    assert len(ranges(container)) == 5


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("nothing", None, 404),
        ("consumption", None, 400),
        ("consumption?database=camp&container=none", None, 404),
        ("consumption?database=camp&container=wrong&since=soon", None, 400),
        ("consumption?database=camp&container=wrong&since=nan", None, 400),
        ("requests?database=camp&container=wrong&since=inf", None, 400),
        ("burst", {}, 400),
        ("burst", [], 400),
        ("fidelity", {"relaxed": "yes"}, 400),
        ("partitions", {"database": "camp", "container": "wrong", "count": 0}, 400),
        ("partitions", {"database": "camp", "container": "wrong", "count": 1_000}, 400),
        ("partitions", {"database": "camp", "container": "wrong", "count": True}, 400),
        ("partitions", {"database": ["camp"], "container": 4, "count": 2}, 400),
    ],
)
def test_questions_that_make_no_sense_are_refused(make, running, path, body, status):
    make("wrong")
    with pytest.raises(urllib.error.HTTPError) as raised:
        camp(running, path, body)
    assert raised.value.code == status
    raised.value.close()


@pytest.mark.covers("partitions and throughput survive a restart")
async def test_partitions_and_throughput_survive_a_restart(tmp_path):
    emulator = Emulator(tmp_path)
    await emulator.start()
    container = await emulator.create_container("camp", "kept", "/pk", headers={"x-ms-offer-throughput": "12000"})
    with_offer = emulator.account.physics
    with_offer.replace_offer(container.number, {"content": {"offerThroughput": 30_000}}, {})
    before = [(one.id, one.low, one.high, one.parents) for one in container.partitions]
    await emulator.stop()
    again = Emulator(tmp_path)
    await again.start()
    try:
        kept = again.container("camp", "kept")
        assert [(one.id, one.low, one.high, one.parents) for one in kept.partitions] == before
        assert again.account.physics.throughput_of(kept).offer.throughput == 30_000
    finally:
        await again.stop()


async def test_the_throughput_of_a_database_without_containers_survives_a_restart(tmp_path):
    emulator = Emulator(tmp_path)
    await emulator.start()
    await emulator.account.create_database("shared", {"x-ms-offer-throughput": "12000"})
    await emulator.stop()
    again = Emulator(tmp_path)
    await again.start()
    try:
        first = await again.create_container("shared", "first", "/pk")
        throughput = again.account.physics.throughput_of(first)
        assert (throughput.offer.throughput, throughput.shared, len(first.partitions)) == (12_000, True, 2)
    finally:
        await again.stop()
