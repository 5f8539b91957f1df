import asyncio
import json
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from aiohttp import web

from localcloud.serving import Server

if TYPE_CHECKING:
    from conftest import Portal, RunBot

SAY = {"person": "aiko", "channel": "general", "text": "@camp hello"}
FOREIGN = {"Host": "evil.example"}


async def until(portal: "Portal", wanted: Any, seconds: float = 10.0) -> Any:
    """The state, once `wanted(state)` is true."""
    for _try in range(round(seconds / 0.1)):
        state = await portal.state()
        if wanted(state):
            return state
        await asyncio.sleep(0.1)
    raise AssertionError(state)


PAGES = ("", "functions", "timeline", "queues", "storage", "healthz", "static/chat/chat.js", "static/dom.js")
STATES = (
    "state",
    "live",
    "functions/state",
    "functions/keys",
    "functions/settings",
    "queues",
    "storage",
    "faults",
    "timelines",
    "timeline",
    "timeline.svg",
)


async def test_a_foreign_host_name_is_refused(shared: "Portal") -> None:
    for path in (*PAGES, *(f"api/{one}" for one in STATES), "api/storage/blob/content"):
        assert (await shared.get(path, FOREIGN))[0] == 403, path


async def test_a_change_needs_our_header(shared: "Portal") -> None:
    chat = ("say", "edit", "duplicate", "react", "slash")
    others = ("faults/crash", "keys", "settings", "x/call", "x/switch")
    storage = ("queues/clear", "queues/move-back", "storage/blob/content", "storage/entities/delete", "faults/begin")
    for path in (*chat, *(f"functions/{one}" for one in others), *storage):
        status, answer = await shared.post(f"api/{path}", SAY, headers={})
        assert (status, "X-Camp" in answer["error"]) == (403, True)
    assert (await shared.state())["messages"] == []


async def test_pages_carry_the_policy_and_only_relative_links(shared: "Portal") -> None:
    for path in ("", "functions", "timeline", "queues", "storage"):
        status, content, headers = await shared.get(path)
        assert status == 200
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*" in headers["Content-Security-Policy"]
        for absolute in (b'href="/', b'src="/', b'="http', b"style=", b"<style"):
            assert absolute not in content


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"person": "nobody"}, 404),
        ({"person": "camp"}, 404),
        ({"channel": "nowhere"}, 404),
        ({"text": "  \n"}, 400),
        ({"text": "x" * 40_001}, 400),
        ({"text": "x" * 2_000_000}, 400),
        ({"text": 7}, 400),
        ({"text": None}, 400),
        ({"thread": "1.1"}, 404),
    ],
)
async def test_what_cannot_be_said(shared: "Portal", change: dict[str, Any], status: int) -> None:
    given, answer = await shared.post("api/say", {**SAY, **change})
    assert given == status
    assert answer["error"]
    assert (await shared.state())["messages"] == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_object(shared: "Portal", body: bytes) -> None:
    status, answer = await shared.post("api/say", body)
    assert (status, bool(answer["error"])) == (400, True)


async def test_the_longest_message_is_said(portal: "Portal") -> None:
    assert (await portal.post("api/say", {**SAY, "text": "é" * 40_000}))[0] == 200


async def test_a_failed_delivery_is_explained(portal: "Portal") -> None:
    await portal.post("api/say", SAY)
    state = await until(portal, lambda state: len(state["deliveries"]) >= 4)
    first = state["deliveries"][0]
    assert first["failure"] == "connection_failed"
    assert "Nothing listens" in first["why"]
    assert "at once" in first["why"]


async def test_edit_is_for_the_author(portal: "Portal") -> None:
    _status, said = await portal.post("api/say", SAY)
    body = {**SAY, "ts": said["ts"], "text": "@camp again"}
    assert (await portal.post("api/edit", {**body, "person": "mei"}))[0] == 403
    assert (await portal.post("api/edit", body))[0] == 200
    message = (await portal.state())["messages"][0]["message"]
    assert message["text"].endswith("> again")
    assert message["edited"]


async def test_duplicate_delivers_once_more(portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    _status, said = await portal.post("api/say", SAY)

    def mentions(state: Any) -> list[Any]:
        return [one for one in state["deliveries"] if one["event_type"] == "app_mention"]

    await until(portal, lambda state: mentions(state))
    assert (await portal.post("api/duplicate", {"channel": "general", "ts": said["ts"]}))[0] == 200
    state = await until(portal, lambda state: len(mentions(state)) == 2)
    assert len({one["event_id"] for one in mentions(state)}) == 2
    assert {one["attempt"] for one in mentions(state)} == {0}


async def test_a_reaction_comes_and_goes(portal: "Portal") -> None:
    _status, said = await portal.post("api/say", SAY)
    body = {"person": "mei", "channel": "general", "ts": said["ts"], "name": "tada"}
    await portal.post("api/react", body)
    assert (await portal.state())["messages"][0]["message"]["reactions"][0]["count"] == 1
    await portal.post("api/react", body)
    assert "reactions" not in (await portal.state())["messages"][0]["message"]
    assert (await portal.post("api/react", {**body, "name": "<b>"}))[0] == 400


async def test_a_command_answers_its_person_alone(portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    body = {"person": "mei", "channel": "ops", "command": "/report", "text": "July"}
    assert (await portal.post("api/slash", body))[0] == 202
    state = await until(portal, lambda state: state["messages"])
    assert state["messages"][0]["only_for"] == next(one["id"] for one in state["people"] if one["name"] == "mei")
    assert state["messages"][0]["message"]["text"] == "report on July"
    assert (await portal.post("api/slash", {**body, "command": "report"}))[0] == 400


async def test_live_goes_on_where_the_reader_was(portal: "Portal") -> None:
    await portal.post("api/say", SAY)
    await portal.post("api/say", {**SAY, "text": "second"})
    last = (await portal.state())["last"]
    await portal.post("api/say", {**SAY, "text": "third"})
    async with portal.http.get(portal.url + "api/live", headers={"Last-Event-ID": str(last)}) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        while not (line := await answer.content.readline()).startswith(b"data: "):
            pass
        entry = json.loads(line[6:])
        assert entry["number"] == last + 1


async def test_the_host_is_down_foreign_and_back(portal: "Portal", run_bot: "RunBot") -> None:
    down = json.loads((await portal.get("api/functions/state"))[1])
    assert (down["problem"], str(portal.functions_port) in down["message"]) == ("down", True)
    assert (await portal.get("api/functions/journal"))[0] == 502
    assert (await portal.post("api/functions/faults/recycle", {}))[0] == 502
    tools = Server(web.Application(), portal.functions_port)
    await tools.start()
    foreign = json.loads((await portal.get("api/functions/state"))[1])
    assert (foreign["problem"], "Core Tools" in foreign["message"]) == ("foreign", True)
    await tools.stop()
    host = await run_bot()
    state = json.loads((await portal.get("api/functions/state"))[1])
    assert {one["name"] for one in state["functions"]} == {"events", "commands"}
    before = host.worker_pids
    assert (await portal.post("api/functions/faults/recycle", {}))[0] == 200
    assert host.worker_pids != before
    assert (await portal.post("api/functions/faults/flood", {}))[0] in (404, 405)


async def test_the_process_is_small_and_keeps_a_journal(portal: "Portal") -> None:
    await portal.get("")
    await portal.post("api/say", SAY)
    await until(portal, lambda state: state["deliveries"])
    assert psutil.Process(portal.process.pid).memory_info().rss < 60 * 1024 * 1024
    kinds = [json.loads(line)["kind"] for line in (portal.journal / "slack.jsonl").read_text().splitlines()]
    assert kinds[0] == "message.posted"
