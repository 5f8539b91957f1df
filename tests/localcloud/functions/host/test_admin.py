import json
from typing import Any

import pytest


@pytest.mark.covers("Admin: functions, host status, ping, running a function by hand")
async def test_admin_endpoints_tell_and_run(run_app: Any, until: Any) -> None:
    running = await run_app("""
        @app.route(route="hello")
        def hello(req: func.HttpRequest) -> str:
            return "hello"

        @app.queue_trigger("text", "jobs", "Nowhere")
        def heard(text: str) -> None:
            print("heard " + text)
    """)
    master = {"x-functions-key": running.host.app.keys.master}
    assert (await running.ask("/admin/host/status"))[0] == 401
    status = json.loads(await running.text("/admin/host/status", headers=master))
    assert status["state"] == "Running" and status["id"] and status["processUptime"] >= 0
    functions = json.loads(await running.text("/admin/functions", headers=master))
    assert [one["name"] for one in functions] == ["heard", "hello"]
    assert functions[1]["invoke_url_template"] == f"{running.host.url}/api/hello"
    assert (await running.ask("/admin/functions/none", headers=master))[0] == 404
    assert (await running.ask("/admin/functions/heard", "POST", headers=master))[0] == 400
    sent = await running.ask("/admin/functions/heard", "POST", headers=master, json={"input": "a word"})
    assert sent[0] == 202
    await until(lambda: "heard a word" in running.lines)
    assert (await running.ask("/admin/host/ping"))[0] == 200


@pytest.mark.covers("Admin: the camp's own: journal, state, faults")
async def test_the_portal_reads_the_journal_and_asks_for_faults(run_app: Any, until: Any) -> None:
    running = await run_app("""
        @app.route(route="hello")
        def hello(req: func.HttpRequest) -> str:
            return "hello"
    """)
    await running.text("/api/hello")
    entries = json.loads(await running.text("/admin/camp/journal?since=1"))
    assert {"invocation.started", "invocation.finished"} <= {entry["kind"] for entry in entries}
    state = json.loads(await running.text("/admin/camp/state"))
    assert state["state"] == "Running" and state["functions"][0]["url"].endswith("/api/hello")
    [before] = running.host.worker_pids
    assert (await running.ask("/admin/camp/faults/recycle", "POST"))[0] == 200
    assert running.host.worker_pids != [before]
    assert (await running.ask("/admin/camp/faults/flood", "POST"))[0] == 404
    assert (await running.ask("/admin/camp/state", headers={"Host": "evil.example"}))[0] == 403
    assert (await running.ask("/admin/camp/faults/crash", "POST", headers={"Origin": "http://evil.example"}))[0] == 403
    async with running.http.get(running.host.url + "/admin/camp/live?since=0") as live:
        assert (await live.content.readline()).startswith(b":")
        await live.content.readline()
        assert (await live.content.readline()).startswith(b"id: 1")


@pytest.mark.covers("Admin: drain and resume, restart, synctriggers, keys, a function's status")
async def test_the_host_is_drained_and_resumed(run_app: Any, until: Any, storage: str, queue: Any) -> None:
    running = await run_app(
        """
        @app.queue_trigger("text", "drained", "AzureWebJobsStorage")
        def heard(text: str) -> None:
            print("heard " + text)
        """,
        settings={"AzureWebJobsStorage": storage},
        fast=True,
        enforce_keys=False,
    )
    client = queue("drained")
    client.create_queue()
    assert (await running.ask("/admin/host/drain", "POST"))[0] == 202
    client.send_message("one")
    await running.host.quiet(silence=0.5)
    assert "heard one" not in running.lines
    assert json.loads(await running.text("/admin/host/resume", "POST")) == {"state": "Running"}
    await until(lambda: "heard one" in running.lines)
    assert json.loads(await running.text("/admin/functions/heard/status")) == {"isDisabled": False}
    assert json.loads(await running.text("/admin/host/synctriggers", "POST")) == {"status": "success"}
    assert json.loads(await running.text("/admin/host/keys"))["keys"][0]["name"] == "default"
    assert json.loads(await running.text("/admin/host/systemkeys"))["keys"][0]["name"] == "eventgrid_extension"
    assert (await running.ask("/admin/host/restart", "POST"))[0] == 202
    await until(lambda: running.lines.count("Job host started") == 2)


@pytest.mark.covers("Admin: keys are listed, set, made afresh and deleted, those of a function, the host and webhooks")
async def test_keys_are_set_and_deleted(run_app: Any, tmp_path: Any) -> None:
    running = await run_app(
        """
        @app.route(route="key", auth_level=func.AuthLevel.FUNCTION)
        def locked(req: func.HttpRequest) -> str:
            return "in"
        """,
        state_dir=tmp_path / "state",
    )
    master = {"x-functions-key": running.host.app.keys.master}

    async def ask(method: str, path: str, **options: Any) -> tuple[int, Any]:
        status, body, _headers = await running.ask(f"/admin/{path}", method, headers=master, **options)
        return status, json.loads(body) if body.startswith(b"{") else None

    assert (await running.ask("/admin/functions/locked/keys"))[0] == 401
    own = "functions/LOCKED/keys"
    assert [one["name"] for one in (await ask("GET", own))[1]["keys"]] == ["default"]
    assert await ask("PUT", f"{own}/mine", json={"name": "mine", "value": "secret"}) == (
        201,
        {"name": "mine", "value": "secret"},
    )
    assert await running.text("/api/key?code=secret") == "in"
    assert (await ask("PUT", f"{own}/mine", json={"value": "other"}))[0] == 200
    assert (await ask("PUT", f"{own}/mine", json={}))[0] == (await ask("PUT", f"{own}/mine", data=b"[1"))[0] == 400
    assert (await running.ask("/api/key?code=secret"))[0] == 401
    await running.host.restart()
    assert await running.text("/api/key?code=other") == "in"
    status, made = await ask("POST", "host/functionkeys/all")
    assert status == 201 and await running.text(f"/api/key?code={made['value']}") == "in"
    assert (await ask("GET", "host/keys/all"))[1] == made
    assert (await ask("DELETE", "host/keys/all"))[0] == 204
    assert (await ask("DELETE", "host/keys/all"))[0] == (await ask("GET", "host/keys/all"))[0] == 404
    for missing in ("functions/nowhere/keys", "functions/nowhere/keys/default"):
        assert (await ask("GET", missing))[0] == 404
    assert (await ask("PUT", "functions/nowhere/keys/a", json={"value": "b"}))[0] == 404
    assert (await ask("DELETE", "host/systemkeys/_master"))[0] == 400
    assert (await ask("PUT", "host/systemkeys/_master", json={"value": "new"}))[0] == 200
    master["x-functions-key"] = "new"
    assert (await ask("GET", "host/systemkeys/_master"))[1]["value"] == "new"


async def test_keys_without_a_state_folder_last_as_long_as_the_host(run_app: Any) -> None:
    running = await run_app("""
        @app.route(route="key", auth_level=func.AuthLevel.FUNCTION)
        def locked(req: func.HttpRequest) -> str:
            return "in"
    """)
    code = running.host.app.keys.functions["locked"]["default"]
    script = running.host.app_dir / "function_app.py"
    good = script.read_text()
    script.write_text("1 / 0")
    await running.host.restart()
    script.write_text(good)
    await running.host.restart()
    assert await running.text(f"/api/key?code={code}") == "in"
