"""The REST API, as a workflow step calls it."""

import base64
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from localcloud.github.events import Event
from localcloud.github.forge import Forge
from localcloud.github.models import Status
from localcloud.github.repository import Repository


class Caller:
    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session = session
        self._url = f"{url}/api/v3"
        self.headers = {"Authorization": f"Bearer {token}"}

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        data = io.BytesIO(content) if content else None
        url = path if path.startswith("http") else self._url + path
        async with self._session.request(method, url, data=data, headers={**self.headers, **headers}) as answer:
            content = await answer.read()
            self.links = answer.headers.get("Link", "")
            return answer.status, json.loads(content) if answer.content_type == "application/json" else content


@pytest.fixture
async def api(forge: Forge, repository: Repository) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(session, forge.url, forge.token)


@pytest.fixture
async def main(repository: Repository) -> str:
    return await repository.commit("main", {"a b/ü.txt": b"1\n", "b.txt": b"b\n"}, "First")


BOT = "/repos/camp/bot"


async def test_a_repository_and_who_may_see_it(forge: Forge, api: Caller, repository: Repository) -> None:
    status, found = await api("GET", "/repos/Camp/Bot")
    assert status == 200 and found["full_name"] == "camp/bot" and found["default_branch"] == "main"
    assert (await api("GET", "/user"))[1]["login"] == "camp"
    assert [one["full_name"] for one in (await api("GET", "/user/repos"))[1]] == ["camp/bot"]
    api.headers = {"Authorization": f"token {forge.read_token(repository)}"}
    assert (await api("GET", BOT))[0] == 200
    status, refused = await api("POST", f"{BOT}/pulls", {"head": "side", "base": "main", "title": "x"})
    assert (status, refused["message"]) == (403, "Resource not accessible by integration")
    api.headers = {"Authorization": f"token {forge.read_token(forge.create('other'))}"}
    assert (await api("GET", BOT))[0] == 404
    api.headers = {"Authorization": "Bearer ghp_wrong"}
    assert (await api("GET", BOT)) == (
        401,
        {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"},
    )
    api.headers = {}
    assert (await api("GET", BOT))[0] == 404
    assert (await api("PUT", f"{BOT}/contents/x", {}))[0] == 401


async def test_files_are_read_and_written(api: Caller, main: str, repository: Repository, events: list[Event]) -> None:
    status, found = await api("GET", f"{BOT}/contents/a b/ü.txt")
    assert status == 200 and base64.b64decode(found["content"]) == b"1\n" and found["path"] == "a b/ü.txt"
    assert await api("GET", f"{BOT}/contents/b.txt?ref={main}", Accept="application/vnd.github.raw+json") == (
        200,
        b"b\n",
    )
    listed = (await api("GET", f"{BOT}/contents"))[1]
    assert [(one["type"], one["name"]) for one in listed] == [("dir", "a b"), ("file", "b.txt")]
    assert [one["path"] for one in (await api("GET", f"{BOT}/contents/a b"))[1]] == ["a b/ü.txt"]
    body = {"message": "Ändern", "content": base64.b64encode(b"2\n").decode(), "sha": found["sha"]}
    status, written = await api("PUT", f"{BOT}/contents/a b/ü.txt", body)
    assert status == 200 and events[-1].after == written["commit"]["sha"]
    assert await repository.read("main", "a b/ü.txt") == b"2\n"
    assert (await api("PUT", f"{BOT}/contents/a b/ü.txt", body))[0] == 409
    status, made = await api("PUT", f"{BOT}/contents/new.txt", {"message": "x", "content": "", "branch": "side"})
    assert status == 201 and made["content"]["size"] == 0 and "refs/heads/side" in await repository.refs()
    del body["sha"]
    assert (await api("PUT", f"{BOT}/contents/b.txt", body))[0] == 422
    gone = {"message": "x", "sha": (await api("GET", f"{BOT}/contents/b.txt"))[1]["sha"]}
    assert (await api("DELETE", f"{BOT}/contents/b.txt", gone))[0] == 200
    assert (await api("GET", f"{BOT}/contents/b.txt"))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"{BOT}/contents/x", b"{"),
        ("PUT", f"{BOT}/contents/x", b"[]"),
        ("PUT", f"{BOT}/contents/x", {"message": 1, "content": "eA=="}),
        ("PUT", f"{BOT}/contents/x", {"message": "x"}),
        ("PUT", f"{BOT}/contents/x", {"message": "x", "content": "\ud800"}),
        ("PUT", f"{BOT}/contents/x", {"message": "x", "content": "eA==", "branch": "a..b"}),
        ("PUT", f"{BOT}/contents/.git/config", {"message": "x", "content": "eA=="}),
        ("PUT", f"{BOT}/contents/x", {"message": "x", "content": "eA==", "author": 3}),
        ("PUT", f"{BOT}/contents/b.txt/x/y", {"message": "x", "content": "eA==", "sha": 7}),
        ("GET", f"{BOT}/contents/x?ref=--help", None),
        ("GET", f"{BOT}/contents/%00", None),
        ("GET", f"{BOT}/contents/../../x", None),
        ("GET", f"{BOT}/contents/:(glob)*", None),
        ("GET", f"{BOT}/commits?sha=nope", None),
        ("GET", f"{BOT}/commits/HEAD~99", None),
        ("GET", f"{BOT}/compare/main...nope", None),
        ("GET", f"{BOT}/compare/x", None),
        ("GET", f"{BOT}/git/trees/%ff", None),
        ("GET", f"{BOT}/git/blobs/--batch", None),
        ("GET", f"{BOT}/git/ref/heads/none", None),
        ("POST", f"{BOT}/git/refs", {"ref": "refs/pull/1/head", "sha": "main"}),
        ("POST", f"{BOT}/git/refs", {"ref": "refs/heads/x", "sha": "0" * 40}),
        ("PATCH", f"{BOT}/git/refs/heads/none", {"sha": "main"}),
        ("DELETE", f"{BOT}/git/refs/heads/main", None),
        ("GET", f"{BOT}/pulls/1", None),
        ("GET", f"{BOT}/pulls/x", None),
        ("GET", f"{BOT}/pulls/99999999999999999999", None),
        ("POST", f"{BOT}/pulls", {"head": "none", "base": "main"}),
        ("POST", f"{BOT}/statuses/main", {"state": "great"}),
        ("POST", f"{BOT}/statuses/none", {"state": "success"}),
        ("GET", f"{BOT}/actions/runs/1", None),
        ("POST", f"{BOT}/actions/workflows/x.yml/dispatches", {"ref": "main"}),
        ("PUT", f"{BOT}/actions/secrets/GITHUB_X", {"value": "x"}),
        ("PUT", f"{BOT}/actions/secrets/X", {"encrypted_value": "x", "key_id": "1"}),
        ("PUT", f"{BOT}/actions/secrets/X", {"value": "x" * 50_000}),
        ("PATCH", f"{BOT}/actions/variables/NONE", {"value": "x"}),
        ("GET", f"{BOT}/environments/none/secrets", None),
        ("GET", f"{BOT}/nothing/of/this", None),
        ("POST", "/repos/none/none/pulls", {}),
        ("GET", "/repos/camp", None),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_in_github_s_form(
    api: Caller, main: str, method: str, path: str, body: Any
) -> None:
    status, answer = await api(method, path, body)
    assert 400 <= status < 500 or status == 503
    assert answer["message"]


async def test_commits_branches_and_refs(api: Caller, main: str, repository: Repository) -> None:
    second = await repository.commit("side/x", {"b.txt": b"b\nc\n", "bin": b"\0\1"}, "Second\n\nMore")
    listed = (await api("GET", f"{BOT}/commits?sha=side/x"))[1]
    assert [one["sha"] for one in listed] == [second, main]
    assert [one["sha"] for one in (await api("GET", f"{BOT}/commits?sha=side/x&per_page=1&page=2"))[1]] == [main]
    found = (await api("GET", f"{BOT}/commits/{second[:8]}"))[1]
    assert found["commit"]["message"] == "Second\n\nMore"
    files = {one["filename"]: one for one in found["files"]}
    assert files["b.txt"]["patch"] == "@@ -1 +1,2 @@\n b\n+c" and files["b.txt"]["status"] == "modified"
    assert "patch" not in files["bin"] and found["stats"] == {"additions": 1, "deletions": 0, "total": 1}
    compared = (await api("GET", f"{BOT}/compare/main...side/x"))[1]
    assert (compared["status"], compared["ahead_by"], len(compared["files"])) == ("ahead", 1, 2)
    assert [one["name"] for one in (await api("GET", f"{BOT}/branches"))[1]] == ["main", "side/x"]
    assert (await api("GET", f"{BOT}/branches/side/x"))[1]["commit"]["sha"] == second
    assert (await api("GET", f"{BOT}/git/ref/heads/side/x"))[1]["object"]["sha"] == second
    tree = (await api("GET", f"{BOT}/git/trees/main?recursive=1"))[1]["tree"]
    assert [one["path"] for one in tree] == ["a b", "a b/ü.txt", "b.txt"]
    assert (await api("POST", f"{BOT}/git/refs", {"ref": "refs/tags/v1", "sha": main}))[0] == 201
    assert (await api("GET", f"{BOT}/tags"))[1][0]["name"] == "v1"
    assert (await api("PATCH", f"{BOT}/git/refs/heads/side/x", {"sha": main}))[0] == 422
    assert (await api("PATCH", f"{BOT}/git/refs/heads/side/x", {"sha": main, "force": True}))[0] == 200
    assert (await api("DELETE", f"{BOT}/git/refs/heads/side/x"))[0] == 204


async def test_a_renamed_file_and_one_without_a_last_newline(api: Caller, repository: Repository) -> None:
    await repository.commit("main", {"old.txt": b"one\ntwo\nthree\nfour\n", "x": b"diff --git a/x b/x\n"}, "x")
    sha = await repository.commit(
        "main", {"old.txt": None, "new ü.txt": b"one\ntwo\nthree\nfour\nfive", "x": b"@@ -1 +1 @@"}, "y"
    )
    files = {one["filename"]: one for one in (await api("GET", f"{BOT}/commits/{sha}"))[1]["files"]}
    assert files["new ü.txt"]["previous_filename"] == "old.txt" and files["new ü.txt"]["status"] == "renamed"
    assert files["new ü.txt"]["patch"].endswith("+five\n\\ No newline at end of file")
    assert files["x"]["patch"].startswith("@@ -1 +1 @@\n-diff --git a/x b/x\n+@@")


async def test_a_pull_request_from_opening_to_merging(api: Caller, main: str, repository: Repository) -> None:
    await repository.commit("side", {"b.txt": b"c\n"}, "Change")
    status, made = await api("POST", f"{BOT}/pulls", {"head": "camp:side", "base": "main", "title": "Change b"})
    assert (status, made["number"], made["mergeable"], made["state"]) == (201, 1, True, "open")
    assert (await api("POST", f"{BOT}/pulls", {"head": "side", "base": "main", "title": "x"}))[0] == 422
    assert [one["number"] for one in (await api("GET", f"{BOT}/pulls?head=camp:side"))[1]] == [1]
    assert [one["filename"] for one in (await api("GET", f"{BOT}/pulls/1/files"))[1]] == ["b.txt"]
    assert len((await api("GET", f"{BOT}/pulls/1/commits"))[1]) == 1
    assert (await api("PATCH", f"{BOT}/pulls/1", {"title": "Better"}))[1]["title"] == "Better"
    assert (await api("GET", f"{BOT}/pulls/1/merge"))[0] == 404
    assert (await api("PUT", f"{BOT}/pulls/1/merge", {"sha": main}))[0] == 409
    assert (await api("PUT", f"{BOT}/pulls/1/merge", {"merge_method": "squash"}))[0] == 405
    status, merged = await api("PUT", f"{BOT}/pulls/1/merge")
    assert status == 200 and (await repository.refs())["refs/heads/main"] == merged["sha"]
    assert (await api("GET", f"{BOT}/pulls/1/merge"))[0] == 204
    assert (await api("PUT", f"{BOT}/pulls/1/merge"))[0] == 405
    assert (await api("GET", f"{BOT}/pulls"))[1] == []
    assert [one["merged"] for one in (await api("GET", f"{BOT}/pulls?state=all"))[1]] == [True]


async def test_a_conflict_is_named(api: Caller, main: str, repository: Repository) -> None:
    await repository.commit("side", {"b.txt": b"c\n"}, "x")
    await repository.commit("main", {"b.txt": b"d\n"}, "y")
    assert (await api("POST", f"{BOT}/pulls", {"head": "side", "base": "main", "title": "x"}))[1]["mergeable"] is False
    assert (await api("GET", f"{BOT}/pulls/1"))[1]["conflicts"] == ["b.txt"]
    status, refused = await api("PUT", f"{BOT}/pulls/1/merge")
    assert status == 405 and "b.txt" in refused["message"]
    assert (await api("PATCH", f"{BOT}/pulls/1", {"state": "closed"}))[1]["state"] == "closed"


async def test_statuses_are_combined(api: Caller, main: str) -> None:
    assert (await api("GET", f"{BOT}/commits/main/status"))[1]["state"] == "pending"
    for state in ("pending", "success"):
        assert (await api("POST", f"{BOT}/statuses/{main}", {"state": state, "context": "test"}))[0] == 201
    found = (await api("GET", f"{BOT}/commits/main/status"))[1]
    assert (found["state"], found["total_count"]) == ("success", 1)
    await api("POST", f"{BOT}/statuses/{main}", {"state": "failure", "context": "lint", "description": "é"})
    assert (await api("GET", f"{BOT}/commits/main/status"))[1]["state"] == "failure"
    assert len((await api("GET", f"{BOT}/commits/main/statuses"))[1]) == 2
    many = (await api("GET", f"{BOT}/statuses?sha={main}&sha=none"))[1]
    assert [one["context"] for one in many[main]] == ["test", "lint"] and many["none"] == []


async def test_secrets_variables_and_environments(forge: Forge, api: Caller, repository: Repository) -> None:
    assert (await api("PUT", f"{BOT}/actions/secrets/key", {"value": "s3cret"}))[0] == 201
    assert (await api("PUT", f"{BOT}/actions/secrets/key", {"value": "other"}))[0] == 204
    assert (await api("GET", f"{BOT}/actions/secrets"))[1] == {"total_count": 1, "secrets": [{"name": "KEY"}]}
    assert (await api("POST", f"{BOT}/actions/variables", {"name": "APP", "value": "bot"}))[0] == 201
    assert (await api("POST", f"{BOT}/actions/variables", {"name": "app", "value": "bot"}))[0] == 409
    assert (await api("PATCH", f"{BOT}/actions/variables/APP", {"value": "2"}))[0] == 204
    assert (await api("GET", f"{BOT}/actions/variables/APP"))[1] == {"name": "APP", "value": "2"}
    assert (await api("PUT", f"{BOT}/environments/staging", {"reviewers": [{"type": "User", "id": 1}]}))[0] == 200
    assert (await api("PUT", f"{BOT}/environments/Staging/secrets/TOKEN", {"value": "x"}))[0] == 201
    assert repository.environment("STAGING").approval and repository.environment("staging").secrets == {"TOKEN": "x"}
    assert (await api("GET", f"{BOT}/environments/staging"))[1]["protection_rules"][0]["type"] == "required_reviewers"
    assert (await api("DELETE", f"{BOT}/actions/secrets/KEY"))[0] == 204
    assert (await api("DELETE", f"{BOT}/actions/variables/APP"))[0] == 204
    api.headers = {"Authorization": f"Bearer {forge.read_token(repository)}"}
    assert (await api("GET", f"{BOT}/actions/secrets"))[0] == 403


class NoRuns:
    """What runs workflows, with nothing to run."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge

    def listed(self, _repository: Repository, filters: Any) -> list[Any]:
        return [filters]

    def run_json(self, _repository: Repository, _number: int) -> None:
        return None

    jobs_json = run_json

    async def act(self, _repository: Repository, number: int, act: str) -> bool:
        if act == "cancel":
            raise ValueError("It has ended.")
        return number == 1

    async def dispatch(self, repository: Repository, workflow: str, ref: str, inputs: Any, actor: str) -> None:
        if "bad" in inputs:
            raise ValueError("There is no input bad.")
        await self._forge.dispatch(repository, workflow, ref, inputs, actor=actor)


async def test_runs_are_asked_for(forge: Forge, api: Caller, main: str) -> None:
    forge.runs = NoRuns(forge)
    found = (await api("GET", f"{BOT}/actions/runs?branch=main&other=x"))[1]
    assert found == {"total_count": 1, "workflow_runs": [{"branch": "main"}]}
    assert (await api("GET", f"{BOT}/actions/runs/1"))[0] == 404
    assert (await api("GET", f"{BOT}/actions/runs/1/jobs"))[0] == 404
    assert (await api("POST", f"{BOT}/actions/runs/1/rerun"))[0] == 201
    assert (await api("POST", f"{BOT}/actions/runs/2/rerun"))[0] == 404
    assert (await api("POST", f"{BOT}/actions/runs/1/cancel"))[0] == 409


async def test_a_workflow_is_started_by_hand(
    forge: Forge, api: Caller, repository: Repository, events: list[Event]
) -> None:
    forge.runs = NoRuns(forge)
    await repository.commit("main", {".github/workflows/deploy.yml": b"on: workflow_dispatch\n"}, "x")
    body = {"ref": "main", "inputs": {"dry": True, "word": "é", "count": 3}}
    assert (await api("POST", f"{BOT}/actions/workflows/deploy.yml/dispatches", body))[0] == 204
    last = events[-1]
    assert (last.name, last.ref) == ("workflow_dispatch", "refs/heads/main")
    assert last.payload["inputs"] == {"dry": "true", "word": "é", "count": "3"}
    assert last.payload["workflow"] == ".github/workflows/deploy.yml"
    status, refused = await api(
        "POST", f"{BOT}/actions/workflows/deploy.yml/dispatches", {"ref": "main", "inputs": {"bad": 1}}
    )
    assert status == 422 and refused["message"] == "There is no input bad."


async def test_lists_come_in_pages(api: Caller, main: str, repository: Repository) -> None:
    for number in range(5):
        repository.set_status(main, Status(f"s{number}", "success"))
    assert len((await api("GET", f"{BOT}/commits/{main}/statuses?per_page=2"))[1]) == 2
    assert 'rel="next"' in api.links and 'rel="last"' in api.links
    assert len((await api("GET", f"{BOT}/commits/{main}/statuses?per_page=2&page=3"))[1]) == 1
    assert len((await api("GET", f"{BOT}/commits/{main}/statuses?per_page=x&page=-1"))[1]) == 5


async def test_a_body_that_is_not_what_it_says_is_refused(api: Caller) -> None:
    headers = {"Content-Encoding": "gzip"}
    assert (await api("PUT", f"{BOT}/contents/x", b"no gzip", **headers))[0] == 400
    assert (await api("PUT", f"{BOT}/contents/x", b"{" * 3_000_000))[0] == 413
    assert (await api("PUT", f"{BOT}/contents/x", b"[" * 1_000_000))[0] == 400


async def test_a_foreign_page_gets_nothing(api: Caller) -> None:
    assert (await api("GET", BOT, Host="evil.example"))[0] == 403
