"""Keys, settings, switches, runs and faults through the portal."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Portal, RunBot

ECHO = """
import azure.functions as func

app = func.FunctionApp()


@app.route(route="echo/{word}", methods=["GET", "POST"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    text = req.route_params["word"] + " " + req.get_body().decode() + " " + req.headers.get("content-type", "")
    return func.HttpResponse(text, status_code=201)
"""


async def test_an_http_function_is_called_with_its_key(portal: "Portal", run_bot: "RunBot") -> None:
    host = await run_bot(ECHO, enforce_keys=True)
    call = {"method": "POST", "path": "/api/echo/hello", "body": '{"a": 1}'}
    status, answer = await portal.post("api/functions/echo/call", call)
    assert (status, answer["status"], answer["reason"]) == (200, 201, "Created")
    assert answer["body"] == 'hello {"a": 1} application/json'
    finished = [entry.facts for entry in host.journal.entries if entry.kind == "invocation.finished"]
    assert finished[0]["trace"] == answer["trace"]
    _status, answer = await portal.post("api/functions/echo/call", {"method": "GET", "path": "/api/nowhere"})
    assert answer["status"] == 404


REFUSED: list[tuple[str, Any, int]] = [
    ("echo/call", {"method": "BREW", "path": "/api/echo/x"}, 400),
    ("echo/call", {"method": "GET", "path": "@evil.example/"}, 400),
    ("echo/call", {"method": "GET", "path": ":99999/"}, 400),
    ("echo/call", {"method": "GET", "path": "/admin/host/keys"}, 400),
    ("echo/call", {"method": "GET", "path": "/x/../ADMIN/host/keys"}, 400),
    ("nothing/call", {"method": "GET", "path": "/api/echo/x"}, 404),
    ("nothing/run", {"input": ""}, 404),
    ("echo/run", {"input": 7}, 400),
    ("nothing/switch", {"disabled": True}, 404),
    ("echo/switch", {"disabled": "yes"}, 400),
    ("keys", {"name": "nothing"}, 404),
    ("settings", {"name": "NOTHING"}, 404),
]


async def test_what_cannot_be_done(portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot(ECHO)
    for path, body, status in REFUSED:
        given, answer = await portal.post(f"api/functions/{path}", body)
        assert (given, bool(answer["error"])) == (status, True), (path, body)


async def test_without_a_host_there_is_a_sentence(portal: "Portal") -> None:
    assert (await portal.get("api/functions/keys"))[0] == 502
    bodies = {"switch": {"disabled": True}, "run": {"input": ""}, "call": {"method": "GET", "path": "/"}}
    for path, body in bodies.items():
        status, answer = await portal.post(f"api/functions/echo/{path}", body)
        assert (status, "does not answer" in answer["error"]) == (502, True)


async def test_slacks_faults_begin_and_end(portal: "Portal") -> None:
    status, active = await portal.post("api/faults/begin", {"name": "unavailable", "seconds": 60})
    assert (status, [one["name"] for one in active]) == (200, ["unavailable"])
    assert 59 < active[0]["secondsLeft"] <= 60
    async with portal.http.post(portal.slack_url + "api.test") as answer:
        assert answer.status == 503
    assert (await portal.post("api/faults/end", {"name": "unavailable"}))[1] == []
    assert await portal.json("api/faults") == []
    async with portal.http.post(portal.slack_url + "api.test") as answer:
        assert answer.status == 200
    assert (await portal.post("api/faults/end", {"name": "unavailable"}))[0] == 409


OUT_OF_BOUNDS: list[tuple[Any, int]] = [
    ({"name": "flood"}, 404),
    ({"name": "twice"}, 400),
    ({"name": "twice", "events": 0}, 400),
    ({"name": "twice", "events": True}, 400),
    ({"name": "late", "seconds": 10, "by": 1000}, 400),
    ({"name": "unavailable", "seconds": "10"}, 400),
    ({"name": "slow", "seconds": 10}, 400),
    ({"name": "ratelimited", "seconds": 1e9}, 400),
]


async def test_faults_are_bounded(portal: "Portal") -> None:
    for body, status in OUT_OF_BOUNDS:
        given, answer = await portal.post("api/faults/begin", body)
        assert (given, bool(answer["error"])) == (status, True), body
