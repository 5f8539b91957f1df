"""What the portal does with an app: switches, runs, keys and settings."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import RunApp, Running

REPORT = """
@app.route(route="report")
def report(req: func.HttpRequest) -> str:
    return "fine"


@app.timer_trigger(arg_name="timer", schedule="0 0 3 1 1 *")
def nightly(timer: func.TimerRequest) -> None:
    print("nightly was past due", timer.past_due)
"""


async def put(app: "Running", path: str, body: Any) -> tuple[int, Any]:
    status, content, _headers = await app.ask(f"/admin/camp/{path}", "POST", json=body)
    return status, json.loads(content or b"{}")


async def test_a_disabled_function_answers_404_and_stays_so_over_a_restart(run_app: "RunApp", tmp_path: Path) -> None:
    app = await run_app(REPORT, state_dir=tmp_path / "state", enforce_keys=False)
    assert await app.text("/api/report") == "fine"
    assert await put(app, "functions/report/switch", {"disabled": True}) == (200, {"disabled": True})
    assert (await app.ask("/api/report"))[0] == 404
    again = await run_app(REPORT, state_dir=tmp_path / "state", enforce_keys=False)
    assert (await again.ask("/api/report"))[0] == 404
    assert again.entries("host.state")[-1]["errors"] == []
    await put(again, "functions/report/switch", {"disabled": False})
    assert await again.text("/api/report") == "fine"
    assert {one["disabled"] for one in again.entries("function.switched")} == {False}


async def test_what_cannot_be_switched_or_run(run_app: "RunApp") -> None:
    app = await run_app(REPORT)
    assert (await put(app, "functions/nothing/switch", {"disabled": True}))[0] == 404
    assert (await put(app, "functions/report/switch", {"disabled": "yes"}))[0] == 400
    assert (await put(app, "functions/nothing/run", {"input": ""}))[0] == 404
    status, _content, _headers = await app.ask("/admin/camp/functions/report/run", "POST", data=b"[")
    assert status == 400


async def test_a_function_runs_now_even_while_it_is_disabled(run_app: "RunApp", until: Any) -> None:
    app = await run_app(REPORT)
    for disabled in (False, True):
        await put(app, "functions/nightly/switch", {"disabled": disabled})
        before = len(app.entries("invocation.finished"))
        assert (await put(app, "functions/nightly/run", {"input": '{"IsPastDue": true}'}))[0] == 202
        await until(lambda before=before: len(app.entries("invocation.finished")) > before)
    assert app.lines.count("nightly was past due True") == 2


async def test_keys_are_listed_by_name_and_told_one_by_one(run_app: "RunApp") -> None:
    app = await run_app(REPORT)
    status, content, _headers = await app.ask("/admin/camp/keys")
    found = json.loads(content)
    assert (status, found["enforced"]) == (200, True)
    assert {"function": "report", "name": "default"} in found["keys"]
    assert app.host.app.keys.master not in content.decode()
    assert await put(app, "keys", {"function": None, "name": "_master"}) == (200, {"value": app.host.app.keys.master})
    assert (await put(app, "keys", {"function": "report", "name": ["default"]}))[0] == 404
    assert (await put(app, "keys", ["report"]))[0] == 404


async def test_secrets_among_the_settings_are_told_one_by_one(run_app: "RunApp") -> None:
    app = await run_app(REPORT, settings={"SLACK_BOT_TOKEN": "xoxb-1", "GREETING": "hello"})
    _status, content, _headers = await app.ask("/admin/camp/settings")
    found = {one["name"]: (one["value"], one["own"]) for one in json.loads(content)}
    assert found == {"SLACK_BOT_TOKEN": (None, True), "GREETING": ("hello", False)}
    assert await put(app, "settings", {"name": "SLACK_BOT_TOKEN"}) == (200, {"value": "xoxb-1"})
    assert (await put(app, "settings", {"name": "NOTHING"}))[0] == 404


async def test_foreign_pages_may_not_ask(run_app: "RunApp") -> None:
    app = await run_app(REPORT)
    for path in ("keys", "settings", "queues"):
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            assert (await app.ask(f"/admin/camp/{path}", headers=headers))[0] == 403
