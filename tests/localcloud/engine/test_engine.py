"""The report engine as the labs' contract describes it: 200 with a report, 500, 503, or no connection at all."""

import asyncio
import random
import socket
import time
from typing import TYPE_CHECKING

import aiohttp
import pytest

from localcloud.engine.engine import DOWN, FAIL, REFUSE, Engine

if TYPE_CHECKING:
    from conftest import Caller

NO_CONNECTION = (aiohttp.ClientError, ConnectionError)


async def test_a_call_is_answered_with_a_report_about_its_topic(engine: Engine, caller: "Caller") -> None:
    status, body = await caller.ask("cats & dogs")
    assert status == 200
    assert body["topic"] == "cats & dogs"
    assert engine.calls.completed("cats & dogs") == [body["report"]]
    assert not set(body["report"]) & set("<>&*_~`")


async def test_every_completed_call_has_a_report_of_its_own(engine: Engine, caller: "Caller") -> None:
    reports = [(await caller.ask("cats"))[1]["report"] for _ in range(3)]
    assert len(set(reports)) == 3
    assert engine.calls.completed("cats") == reports
    assert engine.calls.completed("dogs") == []


async def test_reports_are_the_same_in_a_run_of_the_same_seed_whatever_else_is_asked() -> None:
    def text(engine: Engine, *topics: str) -> str:
        call = [engine.calls.begin(topic) for topic in topics][-1]
        return engine._report_of(call)

    assert text(Engine(rng=random.Random(3)), "cats") == text(Engine(rng=random.Random(3)), "dogs", "cats")
    assert text(Engine(rng=random.Random(3)), "cats") != text(Engine(rng=random.Random(4)), "cats")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"topic=cats", "not JSON"),
        (b"[" * 60_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'["cats"]', "needs a topic"),
        (b"{}", "needs a topic"),
        (b'{"topic": 7}', "needs a topic"),
        (b'{"topic": " "}', "needs a topic"),
        (b'{"topic": "' + b"x" * 1_001 + b'"}', "at most 1000"),
    ],
)
async def test_a_request_that_is_no_call_is_refused_and_not_counted(
    engine: Engine, caller: "Caller", body: bytes, says: str
) -> None:
    status, answer = await caller.send(body)
    assert status == 400
    assert says in answer["error"]
    assert engine.calls() == []


async def test_other_hosts_names_are_refused(engine: Engine) -> None:
    async with aiohttp.ClientSession() as http, http.post(engine.url + "/reports", headers={"Host": "evil"}) as answer:
        assert answer.status == 403


async def test_a_failing_topic_leaves_others_alone(engine: Engine, caller: "Caller") -> None:
    engine.fail("cats")
    status, body = await caller.ask("cats")
    assert status == 500
    assert body["error"] == engine.calls("cats")[0].said
    assert (await caller.ask("dogs"))[0] == 200
    assert engine.calls.completed("cats") == []


async def test_a_topic_fails_so_many_times_and_then_works(engine: Engine, caller: "Caller") -> None:
    engine.fail("cats", times=2)
    assert [(await caller.ask("cats"))[0] for _ in range(3)] == [500, 500, 200]
    assert [call.status for call in engine.calls("cats")] == [500, 500, 200]
    assert engine.faults.active() == []


async def test_every_failure_says_something_else(engine: Engine, caller: "Caller") -> None:
    engine.fail()
    said = {(await caller.ask("cats"))[1]["error"] for _ in range(3)}
    assert len(said) == 3


async def test_a_slow_topic_takes_its_time(engine: Engine, caller: "Caller") -> None:
    engine.slow(0.3, "cats")
    started = time.monotonic()
    assert (await caller.ask("dogs"))[0] == 200
    assert time.monotonic() - started < 0.25
    assert (await caller.ask("cats"))[0] == 200
    [call] = engine.calls("cats")
    assert call.ended is not None
    assert 0.3 <= call.ended - call.began < 1


async def test_an_engine_that_is_down_answers_503_at_once_or_after_a_while(engine: Engine, caller: "Caller") -> None:
    engine.slow(5)
    engine.down()
    started = time.monotonic()
    status, body = await caller.ask("cats")
    assert status == 503 and "down" in body["error"]
    assert time.monotonic() - started < 0.5
    engine.down(after=0.3)
    assert not engine.up
    assert (await caller.ask("cats"))[0] == 503
    assert time.monotonic() - started >= 0.3
    await engine.works()
    assert engine.up
    assert (await caller.ask("cats"))[0] == 200


async def test_an_engine_may_answer_with_a_page_of_html(engine: Engine, caller: "Caller") -> None:
    engine.html("cats")
    status, text = await caller.ask("cats")
    assert status == 200
    assert text.startswith("<!doctype html>")
    assert engine.calls.completed("cats") == []


async def test_an_engine_that_is_gone_refuses_connections_and_cuts_off_calls_under_way(
    engine: Engine, caller: "Caller"
) -> None:
    engine.slow(0.3, "slow")
    under_way = asyncio.create_task(caller.ask("slow"))
    await engine.called("slow")
    await engine.refuse()
    with pytest.raises(NO_CONNECTION):
        await under_way
    with socket.socket() as stranger, pytest.raises(ConnectionRefusedError):
        stranger.connect(("127.0.0.1", int(engine.url.rpartition(":")[2])))
    with pytest.raises(NO_CONNECTION):
        await caller.ask("cats")
    assert engine.calls("cats") == [] and engine.calls.completed("slow") == []
    url = engine.url
    await engine.works()
    assert engine.url == url
    assert (await caller.ask("cats"))[0] == 200


async def test_an_engine_that_is_gone_for_a_while_comes_back_by_itself(engine: Engine, caller: "Caller") -> None:
    await engine.refuse(seconds=0.2)
    with pytest.raises(NO_CONNECTION):
        await caller.ask("cats")
    await asyncio.sleep(0.4)
    assert (await caller.ask("cats"))[0] == 200


async def test_it_answers_on_a_second_socket_which_is_shut_and_opened_too(engine: Engine) -> None:
    second = socket.socket()
    second.bind(("127.0.0.1", 0))
    port = second.getsockname()[1]
    second.close()
    second = socket.create_server(("127.0.0.1", port))
    await engine.answer_on(second)

    async def ask() -> int:
        url = f"http://127.0.0.1:{port}/reports"
        async with aiohttp.ClientSession() as http, http.post(url, json={"topic": "cats"}) as answer:
            return answer.status

    assert await ask() == 200
    await engine.refuse()
    with pytest.raises(NO_CONNECTION):
        await ask()
    await engine.works()
    assert await ask() == 200


async def test_whoever_hangs_up_leaves_a_call_that_completes(engine: Engine, caller: "Caller") -> None:
    engine.slow(0.3)
    with pytest.raises(asyncio.TimeoutError):
        await caller.ask("cats", seconds=0.1)
    assert len(engine.calls.under_way("cats")) == 1
    await asyncio.sleep(0.4)
    [call] = engine.calls("cats")
    assert (call.status, call.heard) == (200, False)
    assert len(engine.calls.completed("cats")) == 1


async def test_who_waits_for_a_call_finds_it_under_way(engine: Engine, caller: "Caller") -> None:
    engine.slow(0.2)
    waiting = asyncio.create_task(engine.called("cats"))
    anyone = asyncio.create_task(engine.called())
    await asyncio.sleep(0)
    asking = asyncio.create_task(caller.ask("cats"))
    call = await asyncio.wait_for(waiting, 5)
    assert call.ended is None and call.status is None
    assert await anyone is call
    assert await engine.called("cats") is call
    await asking
    assert call.completed and call.heard


async def test_the_journal_holds_calls_and_faults(engine: Engine, caller: "Caller") -> None:
    engine.down(seconds=0.2)
    await caller.ask("cats")
    await asyncio.sleep(0.3)
    kinds = [(entry.kind, entry.facts.get("fault"), entry.facts.get("status")) for entry in engine.journal.entries]
    assert kinds == [
        ("fault.began", DOWN, None),
        ("call.began", None, None),
        ("call.ended", None, 503),
        ("fault.ended", DOWN, None),
    ]


async def test_faults_are_injected_by_name_with_checked_fields(engine: Engine, caller: "Caller") -> None:
    await engine.inject(FAIL, {"target": "cats", "times": 1, "seconds": None})
    assert (await caller.ask("cats"))[0] == 500
    await engine.inject(REFUSE, {})
    with pytest.raises(NO_CONNECTION):
        await caller.ask("cats")
    for name, fields, says in (
        ("flood", {}, "the faults are slow, fail, down"),
        ("slow", {}, "needs by"),
        ("down", {"times": 2}, "takes no times"),
        ("fail", {"times": 1.5}, "whole number"),
        ("fail", {"times": True}, "whole number"),
        ("fail", {"target": 7}, "must be a text"),
        ("slow", {"by": 61}, "from 0.1 to 60"),
        ("slow", {"by": float("nan")}, "from 0.1 to 60"),
    ):
        with pytest.raises(ValueError, match=says):
            await engine.inject(name, fields)


async def test_a_caller_that_has_gone_is_inside_no_call(engine: Engine, caller: "Caller") -> None:
    engine.slow(0.5)
    staying = asyncio.create_task(caller.ask("cats"))
    with pytest.raises(asyncio.TimeoutError):
        await caller.ask("dogs", seconds=0.1)
    await asyncio.sleep(0.1)
    assert sorted(call.topic for call in engine.calls.under_way()) == ["cats", "dogs"]
    assert [call.topic for call in engine.inside()] == ["cats"]
    await staying
    assert engine.inside() == []


async def test_held_calls_are_answered_when_they_are_released(engine: Engine, caller: "Caller") -> None:
    engine.hold()
    asking = [asyncio.create_task(caller.ask(topic)) for topic in ("cats", "dogs")]
    await engine.all_inside(0.3)
    assert len(engine.inside()) == 2
    engine.release()
    assert [status for status, _body in await asyncio.gather(*asking)] == [200, 200]
