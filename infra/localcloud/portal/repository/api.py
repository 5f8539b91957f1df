"""The repository page's JSON API, under `api/repository`."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from localcloud.messages import _

from ..body import read_body, text_of
from ..guard import Refused
from .client import GitHubClient, part

COMMITS_PER_PAGE = 30
LONGEST_TEXT = 400_000  # characters of a file that is shown and can be edited
ACTS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "merge": ("PUT", "/merge", {}),
    "close": ("PATCH", "", {"state": "closed"}),
    "reopen": ("PATCH", "", {"state": "open"}),
}


class RepositoryApi:
    """Shows one repository, and changes it as a person does on GitHub's pages."""

    def __init__(self, github: GitHubClient) -> None:
        self._github = github

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/repository", self.overview),
            web.get("/api/repository/files", self.files),
            web.get("/api/repository/commits", self.commits),
            web.get("/api/repository/commit", self.commit),
            web.get("/api/repository/pulls", self.pulls),
            web.get("/api/repository/pull", self.pull),
            web.post("/api/repository/write", self.write),
            web.post("/api/repository/pulls", self.open_pull),
            web.post("/api/repository/pull", self.act),
        ]

    async def close(self) -> None:
        """The client is closed by whoever made it."""

    async def overview(self, _request: web.Request) -> web.Response:
        """Its name and address, its branches with the state of their heads, and how many pull requests are open."""
        found, branches, pulls = await asyncio.gather(
            self._github.get(""), self._github.get("/branches", per_page="100"), self._github.get("/pulls")
        )
        return web.json_response(
            {
                "name": found["full_name"],
                "remote": self._github.remote,
                "main": found["default_branch"],
                "branches": [{"name": one["name"], "sha": one["commit"]["sha"]} for one in branches],
                "open": len(pulls),
            }
        )

    async def files(self, request: web.Request) -> web.Response:
        """A folder's entries, or one file with its text."""
        branch, path = request.query.get("branch", ""), request.query.get("path", "").strip("/")
        found = await self._github.get(f"/contents/{part(path)}" if path else "/contents", ref=branch)
        if isinstance(found, list):
            entries = [{name: one[name] for name in ("name", "path", "type", "size")} for one in found]
            entries.sort(key=lambda one: (one["type"] != "dir", one["name"]))
            return web.json_response({"path": path, "entries": entries})
        file = {name: found[name] for name in ("name", "path", "type", "size", "sha")}
        return web.json_response({"path": path, "file": {**file, "text": text_in(found)}})

    async def commits(self, request: web.Request) -> web.Response:
        page = request.query.get("page", "1")
        found = await self._github.get(
            "/commits", sha=request.query.get("branch", ""), page=page, per_page=str(COMMITS_PER_PAGE)
        )
        checks = await self._checks([one["sha"] for one in found])
        rows = [{**row(one), "checks": checks[one["sha"]]} for one in found]
        return web.json_response({"commits": rows, "more": len(found) == COMMITS_PER_PAGE})

    async def commit(self, request: web.Request) -> web.Response:
        sha = request.query.get("sha", "")
        found = await self._github.get(f"/commits/{part(sha)}")
        sha = found["sha"]
        checks = (await self._checks([sha]))[sha]
        return web.json_response({**row(found), "files": files(found["files"]), "checks": checks})

    async def _checks(self, shas: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """What is said of each commit."""
        found = await self._github.get("/statuses?" + urlencode({"sha": shas}, doseq=True)) if shas else {}
        kept = ("context", "state", "description", "target_url")
        return {sha: [{name: one[name] or "" for name in kept} for one in some] for sha, some in found.items()}

    async def pulls(self, request: web.Request) -> web.Response:
        found = await self._github.get("/pulls", state=request.query.get("state", "open"), per_page="100")
        return web.json_response({"pulls": [pull(one) for one in found]})

    async def pull(self, request: web.Request) -> web.Response:
        path = f"/pulls/{part(request.query.get('number', ''))}"
        found, commits, changed = await asyncio.gather(
            self._github.get(path),
            self._github.get(f"{path}/commits"),
            self._github.get(f"{path}/files", per_page="100"),
        )
        return web.json_response(
            {
                **pull(found),
                "conflicts": found["conflicts"],
                "commits": [row(one) for one in commits],
                "files": files(changed),
                "checks": (await self._checks([found["head"]["sha"]]))[found["head"]["sha"]],
            }
        )

    async def write(self, request: web.Request) -> web.Response:
        """Commits one file to a branch; a branch that is not there begins at `branch`'s."""
        body = await read_body(request)
        path, branch, message = (text_of(body, name).strip() for name in ("path", "branch", "message"))
        if not path or not message:
            raise Refused(400, _("A commit needs the path of a file, and a message that says what changes."))
        content = base64.b64encode(text_of(body, "text").encode()).decode()
        sent: dict[str, Any] = {"message": message, "content": content, "branch": branch}
        if sha := text_of(body, "sha", default=""):
            sent["sha"] = sha
        if start := text_of(body, "start", default=""):
            await self._branch(branch, start)
        found = await self._github.ask("PUT", f"/contents/{part(path)}", sent)
        return web.json_response({"sha": found["commit"]["sha"], "branch": branch})

    async def _branch(self, name: str, start: str) -> None:
        found = await self._github.get(f"/branches/{part(start)}")
        await self._github.ask("POST", "/git/refs", {"ref": f"refs/heads/{name}", "sha": found["commit"]["sha"]})

    async def open_pull(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        sent = {name: text_of(body, name) for name in ("head", "base", "title")}
        return web.json_response(pull(await self._github.ask("POST", "/pulls", sent)))

    async def act(self, request: web.Request) -> web.Response:
        """`act`: merge, close or reopen."""
        body = await read_body(request)
        number, wanted = body.get("number"), text_of(body, "act")
        if isinstance(number, bool) or not isinstance(number, int) or wanted not in ACTS:
            raise Refused(400, _('Send JSON such as {"number": 1, "act": "merge"}.'))
        method, path, sent = ACTS[wanted]
        await self._github.ask(method, f"/pulls/{number}{path}", sent)
        return web.json_response({"number": number})


def row(commit: Mapping[str, Any]) -> dict[str, Any]:
    """A commit as a line of a list."""
    inner = commit["commit"]
    title, _newline, rest = inner["message"].partition("\n")
    return {
        "sha": commit["sha"],
        "title": title,
        "text": rest.strip(),
        "author": inner["author"]["name"],
        "at": inner["committer"]["date"],
        "parents": [one["sha"] for one in commit["parents"]],
    }


def files(found: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Changed files; `patch` is null for a binary file, or a long one."""
    return [
        {
            "path": one["filename"],
            "status": one["status"],
            "additions": one["additions"],
            "deletions": one["deletions"],
            "previous": one.get("previous_filename"),
            "patch": one.get("patch"),
        }
        for one in found
    ]


def pull(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": found["number"],
        "title": found["title"],
        "state": "merged" if found["merged"] else found["state"],
        "mergeable": found["mergeable"],
        "head": found["head"]["ref"],
        "sha": found["head"]["sha"],
        "base": found["base"]["ref"],
        "author": found["user"]["login"],
        "at": found["created_at"],
    }


def text_in(found: Mapping[str, Any]) -> str | None:
    """A file's text; None when it is none, or too long."""
    if found.get("encoding") != "base64" or found["size"] > LONGEST_TEXT:
        return None
    try:
        text = base64.b64decode(found["content"]).decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
