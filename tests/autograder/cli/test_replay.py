"""`camp replay` sends the request of a failed check to the app of the camp that is open."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from autograder import keeping, localcamp, project
from autograder.cli import camp
from autograder.lab import find_lab
from autograder.runner import run_checks
from localcloud.journal import Journal
from localcloud.portal.chat.content import Secrets, furnished
from localcloud.serving import Server
from localcloud.slack.parcel import signature
from localcloud.supervisor.ledger import Entry, Ledger, born


@pytest.fixture
async def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[tuple[web.Request, bytes]]]:
    """A camp whose app answers anything with 418; what it was sent."""
    seen: list[tuple[web.Request, bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request, await request.read()))
        return web.Response(status=418, text="I am a teapot")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    server = Server(app)
    await server.start()
    ledger = Ledger(tmp_path / "services.json")
    ledger.write([Entry("functions", os.getpid(), server.url, "ready", born(os.getpid()) or 0.0)], {})
    monkeypatch.setattr(localcamp, "ledger", lambda: ledger)
    monkeypatch.setattr(project, "state", lambda: tmp_path)
    yield seen
    await server.stop()


def fail(tmp_path: Path, id: str, old: str, new: str) -> None:
    """The check fails on Lab 1's solution with this change, and what happened is kept."""
    lab = find_lab("1")
    app = tmp_path / "app"
    app.mkdir()
    for path in lab.solution.iterdir():
        if path.is_file():
            shutil.copy(path, app)
    code = (app / "function_app.py").read_text("utf-8")
    assert old in code
    (app / "function_app.py").write_text(code.replace(old, new), "utf-8")
    verdict = run_checks(lab, app, [id], seed=1, keep=keeping.keeper(lab))
    assert not verdict.passed


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, camp, ["replay", *arguments])


async def test_a_form_is_sent_with_this_camps_token(opened: list[tuple[web.Request, bytes]], tmp_path: Path) -> None:
    await asyncio.to_thread(fail, tmp_path, "1.1", 'f"Hello, {form', 'f"Bye, {form')
    result = await run("1.1")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("curl -i -X POST http://127.0.0.1:")
    assert result.output.rstrip().endswith("I am a teapot") and "status 418" in result.output
    [(request, body)] = opened
    assert (request.method, request.path) == ("POST", "/api/slack/outgoing")
    token = (
        json.loads((tmp_path / "secrets.json").read_text())["slack_outgoing_token"]
        if (tmp_path / "secrets.json").exists()
        else ""
    )
    assert parse_qs(body.decode())["token"] == [token]


async def test_an_event_is_signed_anew_with_this_camps_secret(
    opened: list[tuple[web.Request, bytes]], tmp_path: Path
) -> None:
    await asyncio.to_thread(fail, tmp_path, "1.3", '{"challenge": payload.get("challenge")}', "{}")
    assert (await run("1.3")).exit_code == 0
    [(request, body)] = opened
    secret = localcamp.keys(tmp_path, print)["slack_signing_secret"]
    stamp = request.headers["X-Slack-Request-Timestamp"]
    assert request.headers["X-Slack-Signature"] == signature(secret, stamp, body)
    assert json.loads(body)["type"] == "url_verification"


async def test_the_line_alone_is_printed_on_request(opened: list[tuple[web.Request, bytes]], tmp_path: Path) -> None:
    await asyncio.to_thread(fail, tmp_path, "1.3", '{"challenge": payload.get("challenge")}', "{}")
    result = await run("1.3", "--print")
    assert result.output.count("\n") == 1 and "X-Slack-Signature: v0=" in result.output
    assert opened == []


async def test_without_a_failed_check_it_says_what_to_do(
    opened: list[tuple[web.Request, bytes]], tmp_path: Path
) -> None:
    result = await run("1.4")
    assert result.exit_code == 2
    assert "camp check 1.4" in result.output


async def test_without_an_open_camp_it_says_how_to_open_one(
    opened: list[tuple[web.Request, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(fail, tmp_path, "1.3", '{"challenge": payload.get("challenge")}', "{}")
    monkeypatch.setattr(localcamp, "ledger", lambda: Ledger(tmp_path / "none.json"))
    result = await run("1.3")
    assert result.exit_code == 3
    assert "camp up" in result.output


async def test_a_message_that_was_said_is_sent_as_slack_sent_it_with_ids_of_this_camp(
    opened: list[tuple[web.Request, bytes]], tmp_path: Path
) -> None:
    await asyncio.to_thread(fail, tmp_path, "1.5", "    greet(event)", '    raise RuntimeError("no greeting")')
    result = await run("1.5")
    assert result.exit_code == 0, result.output
    [(request, body)] = opened
    event = json.loads(body)["event"]
    workspace, app = furnished(Journal(), 0, "", Secrets())
    assert (request.path, event["type"]) == ("/api/slack/events", "app_mention")
    assert workspace.store.users[event["user"]].name == "aiko"
    assert workspace.store.channels[event["channel"]].name == "general"
    assert f"<@{app.bot_user_id}>" in event["text"]
    secret = localcamp.keys(tmp_path, print)["slack_signing_secret"]
    stamp = request.headers["X-Slack-Request-Timestamp"]
    assert request.headers["X-Slack-Signature"] == signature(secret, stamp, body)
