"""One vocabulary of faults for workers, queues, Slack and the engine."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Cloud


async def test_every_source_lists_what_it_knows(cloud: "Cloud") -> None:
    found = {one["of"]: [kind["name"] for kind in one["kinds"]] for one in await cloud.get("faults/all")}
    assert found == {
        "workers": ["crash", "recycle", "crash-in-call"],
        "queues": ["repeat", "twice", "late", "reorder", "pause"],
        "slack": ["repeat", "twice", "late", "unavailable", "ratelimited", "slow"],
        "engine": ["slow", "fail", "down", "html", "refuse"],
    }


async def test_faults_begin_and_end_in_every_service(cloud: "Cloud") -> None:
    for of, name, body in (
        ("queues", "late", {"target": "reports", "by": 2, "seconds": 60}),
        ("slack", "twice", {"times": 3}),
        ("engine", "fail", {"target": "dogs/..", "times": 2}),
    ):
        assert (await cloud.post(f"faults/{of}/{name}/begin", body))[0] == 200
        [active] = (await cloud.source(of))["active"]
        assert (active["name"], active["target"]) == (name, body.get("target"))
        target = {"target": body.get("target", "")}
        assert (await cloud.post(f"faults/{of}/{name}/end", target))[0] == 200
        assert (await cloud.source(of))["active"] == []
        assert (await cloud.post(f"faults/{of}/{name}/end", target))[0] == 409


async def test_what_is_no_fault_is_refused_with_a_sentence(cloud: "Cloud") -> None:
    for path, body, status, says in (
        ("cosmos/late", {}, 404, "Faults are of workers, queues, slack, engine"),
        ("slack/flood", {}, 404, "There is no fault flood"),
        ("engine/flood", {}, 400, "There is no fault flood"),
        ("queues/late", {}, 400, "needs by"),
        ("engine/slow", {"by": 1_000}, 400, "from 0.1 to 60"),
        ("workers/crash", {"by": 1}, 400, "takes no by"),
        ("workers/crash-in-call", {"times": 1}, 400, "takes no times"),
        ("queues/repeat", {"target": "nowhere"}, 400, "No message has come yet"),
    ):
        found, answer = await cloud.post(f"faults/{path}/begin", body)
        assert (found, says in answer["error"]) == (status, True), (path, found, answer)


async def test_a_crash_waits_for_a_call_of_the_engine(cloud: "Cloud") -> None:
    cloud.engine.slow(2)
    before = cloud.host.worker_pids
    assert (await cloud.post("faults/workers/crash-in-call/begin", {"seconds": 0.3}))[0] == 409
    crash = asyncio.create_task(cloud.post("faults/workers/crash-in-call/begin", {"target": "cats", "seconds": 20}))
    await asyncio.sleep(0.3)
    assert cloud.host.worker_pids == before
    async with cloud.http.get(f"{cloud.host.url}/api/ask") as answer:
        assert answer.status == 500
    assert (await crash)[0] == 200
    assert cloud.host.worker_pids != before
    [call] = cloud.engine.calls("cats")
    assert call.ended is None or not call.heard


async def test_an_engine_that_is_gone_is_told_and_the_others_are_listed(cloud: "Cloud") -> None:
    await cloud.engine.stop()
    assert "does not answer" in (await cloud.source("engine"))["problem"]
    assert (await cloud.source("queues"))["kinds"]


async def test_the_engines_page_shows_its_calls_and_switches_it(cloud: "Cloud") -> None:
    async with cloud.http.post(f"{cloud.engine.url}/reports", json={"topic": "cats"}) as answer:
        assert answer.status == 200
    found = await cloud.get("engine")
    assert found["up"] and [call["topic"] for call in found["calls"]] == ["cats"]
    assert (await cloud.post("engine/switch", {"on": False}))[1]["up"] is False
    async with cloud.http.post(f"{cloud.engine.url}/reports", json={"topic": "cats"}) as answer:
        assert answer.status == 503
    assert (await cloud.post("engine/switch", {"on": True}))[1]["up"] is True
    assert (await cloud.post("engine/switch", {"on": 1}))[0] == 400
