import asyncio
import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from conftest import Portal, RunBot

SAY = {"person": "aiko", "channel": "general", "text": "@camp </svg><script>alert(1)</script>"}
SILENT = """
import json, os
from urllib.request import Request, urlopen
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="slack/events", methods=["POST"])
def events(req: func.HttpRequest) -> func.HttpResponse:
    event = req.get_json()["event"]
    if event["type"] == "app_mention":
        head = {"Authorization": "Bearer " + os.environ["SLACK_BOT_TOKEN"], "Content-Type": "application/json"}
        body = json.dumps({"channel": event["channel"], "text": "Hello"}).encode()
        urlopen(Request(os.environ["SLACK_API_URL"] + "chat.postMessage", body, head)).close()
    return func.HttpResponse("")
"""


async def told(portal: "Portal", trace: str) -> Any:
    status, content, _headers = await portal.get(f"api/timeline?trace={trace}")
    return json.loads(content) if status == 200 else {}


async def until(portal: "Portal", trace: str, wanted: Any) -> Any:
    """The timeline of a trace, once `wanted` is true of it."""
    for _try in range(100):
        timeline = await told(portal, trace)
        if timeline and wanted(timeline):
            return timeline
        await asyncio.sleep(0.1)
    raise AssertionError(timeline)


def kinds(timeline: Any, kind: str) -> list[Any]:
    return [bar for bar in timeline["bars"] if bar["kind"] == kind]


def mentions_in(timeline: Any) -> list[Any]:
    return [bar for bar in kinds(timeline, "delivery") if bar["label"].startswith("app_mention")]


async def test_a_duplicate_shows_two_deliveries_two_invocations_and_two_posts(
    portal: "Portal", run_bot: "RunBot"
) -> None:
    """The bot of this test sends its trace context on, so that all is known."""
    await run_bot()
    _status, said = await portal.post("api/say", SAY)
    await until(portal, said["trace"], lambda one: len(kinds(one, "post")) == 1)
    await portal.post("api/duplicate", {"channel": "general", "ts": said["ts"]})

    def both_answered(one: Any) -> bool:
        return len(kinds(one, "post")) == 2 and len(mentions_in(one)) == 2 and not one["goingOn"]

    timeline = await until(portal, said["trace"], both_answered)
    mentions = mentions_in(timeline)
    assert [bar["label"] for bar in mentions] == ["app_mention → 200", "app_mention · again → 200"]
    links = {(one["from"], one["to"]): one["how"] for one in timeline["links"]}
    for post in kinds(timeline, "post"):
        [run] = [source for source, target in links if target == post["id"]]
        assert links[run, post["id"]] == "known"
        assert next(source for source, target in links if target == run) in [bar["id"] for bar in mentions]
    assert timeline["title"] == "aiko: @camp </svg><script>alert(1)</script>"


async def test_a_post_without_trace_context_is_inferred(portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot(SILENT)
    _status, said = await portal.post("api/say", SAY)
    timeline = await until(portal, said["trace"], lambda one: kinds(one, "post") and not one["goingOn"])
    [post] = kinds(timeline, "post")
    assert post["trace"] != said["trace"]
    found = [one for one in timeline["links"] if one["to"] == post["id"]]
    assert {one["how"] for one in found} <= {"inferred"}
    assert found or "not linked" in timeline["notes"][-1]


async def test_without_a_host_slacks_side_is_told(portal: "Portal") -> None:
    _status, said = await portal.post("api/say", SAY)
    timeline = await until(portal, said["trace"], lambda one: len(kinds(one, "delivery")) >= 2)
    assert "does not answer" in timeline["notes"][0]
    assert [bar["ok"] for bar in kinds(timeline, "delivery")][:2] == [False, False]


async def test_the_drawing_is_a_file_of_its_own(portal: "Portal") -> None:
    _status, said = await portal.post("api/say", SAY)
    status, content, headers = await portal.get(f"api/timeline.svg?trace={said['trace']}")
    assert (status, headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert b"<script" not in content
    ElementTree.fromstring(content)


@pytest.mark.parametrize("path", ["api/timeline", "api/timeline.svg"])
@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?trace=", 400), ("?trace=XYZ", 400), (f"?trace={'a' * 33}", 400)]
)
async def test_what_is_no_trace_is_refused(shared: "Portal", path: str, query: str, status: int) -> None:
    given, content, _headers = await shared.get(path + query)
    assert (given, "32 hexadecimal digits" in json.loads(content)["error"]) == (status, True)


async def test_an_unknown_trace_is_not_found(portal: "Portal", run_bot: "RunBot") -> None:
    given, content, _headers = await portal.get(f"api/timeline?trace={'0' * 32}")
    assert (given, "does not answer" in json.loads(content)["error"]) == (404, True)
    await run_bot()
    given, content, _headers = await portal.get(f"api/timeline?trace={'0' * 32}")
    assert (given, "Nothing is recorded" in json.loads(content)["error"]) == (404, True)


async def test_the_latest_are_listed_newest_first(portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    for text in ("@camp first", "second"):
        _status, said = await portal.post("api/say", {**SAY, "text": text})
        await until(portal, said["trace"], lambda one: kinds(one, "delivery"))
    await until(portal, said["trace"], lambda one: not one["goingOn"])
    body = json.loads((await portal.get("api/timelines"))[1])
    assert [one["title"] for one in body["traces"]] == ["second", "@camp first"]
    assert [one["by"] for one in body["traces"]] == ["aiko", "aiko"]
    assert (body["traces"][0]["deliveries"], body["traces"][0]["runs"]) == (1, 1)
    assert body["problem"] == ""


async def test_a_command_has_a_timeline(portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    await portal.post("api/slash", {"person": "mei", "channel": "ops", "command": "/report", "text": "July"})
    for _try in range(100):
        traces = json.loads((await portal.get("api/timelines"))[1])["traces"]
        if traces and traces[0]["title"] == "/report July":
            break
        await asyncio.sleep(0.05)
    timeline = await until(portal, traces[0]["trace"], lambda one: kinds(one, "post"))
    assert timeline["title"] == "mei: /report July"
    assert {one["how"] for one in timeline["links"]} == {"known"}


LOOP = SILENT.replace('event["type"] == "app_mention"', 'event["type"] == "message"').replace(
    "import azure", "import time\nimport azure"
)


async def test_a_bot_that_answers_itself_is_drawn_as_one_story(portal: "Portal", run_bot: "RunBot") -> None:
    """The bot of this test answers every message, its own among them, until the host goes away."""
    host = await run_bot(LOOP)
    _status, said = await portal.post("api/say", {**SAY, "text": "hello"})
    timeline = await until(portal, said["trace"], lambda one: len(kinds(one, "post")) >= 4)
    await host.stop()
    assert any(note.startswith("A loop: the app answered its own posts.") for note in timeline["notes"])
    assert [one["title"] for one in (await portal.json("api/timelines?find=hello"))["traces"]][-1] == "hello"


async def test_after_a_restart_a_message_is_found_with_its_deliveries(portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    _status, said = await portal.post("api/say", SAY)
    await until(portal, said["trace"], lambda one: len(mentions_in(one)) == 1 and kinds(one, "post"))
    await portal.restart()
    [found] = (await portal.json("api/timelines?find=alert(1)"))["traces"]
    assert found["trace"] == said["trace"]
    timeline = await told(portal, said["trace"])
    assert len(mentions_in(timeline)) == 1 and len(kinds(timeline, "post")) == 1
