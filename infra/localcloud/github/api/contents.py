"""Files: read, and written as commits."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from .. import shapes
from ..commits import read_commits
from ..repository import Entry, NotThere, Repository
from .call import ApiError, Call, text

MOST_BYTES = 5_000_000
RAW = "application/vnd.github.raw"


async def get(call: Call) -> web.Response:
    """A file with its content in base64, or what a folder holds; with the `raw` media type the file itself."""
    found, path = call.repository, call.part("path").strip("/")
    at = call.query("ref") or found.default_branch
    commit = await found.commit_of(at)
    if not path:
        return _folder(found, await found.entries(commit), at)
    entry = next((one for one in await found.entries(commit, [path]) if one.path == path), None)
    if entry is None:
        raise ApiError(404, "Not Found")
    if entry.type == "tree":
        return _folder(found, await found.entries(commit, [path + "/"]), at)
    if entry.type == "commit":
        return web.json_response(shapes.content(found, path, asdict(entry), at))
    if entry.size > MOST_BYTES:
        raise ApiError(403, "This API returns blobs up to 5 MB in size.")
    content = await found.output("cat-file", "blob", entry.sha)
    if RAW in call.request.headers.get("Accept", ""):
        return web.Response(body=content, content_type="application/octet-stream")
    coded = base64.encodebytes(content).decode()
    return web.json_response({**shapes.content(found, path, asdict(entry), at), "encoding": "base64", "content": coded})


def _folder(found: Repository, entries: list[Entry], at: str) -> web.Response:
    return web.json_response([shapes.content(found, one.path, asdict(one), at) for one in entries])


async def blob(call: Call) -> web.Response:
    found, sha = call.repository, call.part("sha")
    if await found.kind(sha) != "blob":
        raise ApiError(404, "Not Found")
    content = await found.output("cat-file", "blob", sha, most=MOST_BYTES)
    coded = base64.encodebytes(content).decode()
    return web.json_response({"sha": sha, "size": len(content), "encoding": "base64", "content": coded})


async def put(call: Call) -> web.Response:
    """Makes or changes a file. Of one that is there, `sha` must name the content that the caller has seen."""
    body = await call.body()
    content = _content(text(body, "content"))
    there = await _there(call, body)
    if there is not None and "sha" not in body:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    return await _commit(call, body, content, there, 200 if there else 201)


async def delete(call: Call) -> web.Response:
    body = {**dict(call.request.query), **await call.body()}
    there = await _there(call, body)
    if there is None:
        raise ApiError(404, "Not Found")
    if "sha" not in body:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    return await _commit(call, body, None, there, 200)


async def _there(call: Call, body: Mapping[str, Any]) -> Entry | None:
    """The file as it is now."""
    found, path = call.repository, call.part("path")
    try:
        commit = await found.commit_of(_branch(call, body))
    except NotThere:
        return None
    return next((one for one in await found.entries(commit, [path]) if one.path == path and one.type == "blob"), None)


def _branch(call: Call, body: Mapping[str, Any]) -> str:
    return text(body, "branch", call.repository.default_branch)


async def _commit(
    call: Call, body: Mapping[str, Any], content: bytes | None, there: Entry | None, status: int
) -> web.Response:
    found, path, branch = call.repository, call.part("path"), _branch(call, body)
    if there and there.sha != body["sha"]:
        raise ApiError(409, f"{path} does not match {body['sha']}")
    sha = await found.commit(
        branch, {path: content}, text(body, "message"), author=_author(body), same={path: there}, actor=call.login
    )
    [commit] = await read_commits(found, [sha])
    entries = [one for one in await found.entries(sha, [path]) if one.path == path]
    shown = shapes.content(found, path, asdict(entries[0]), branch) if entries else None
    return web.json_response({"content": shown, "commit": shapes.git_commit(found, commit)}, status=status)


def _author(body: Mapping[str, Any]) -> tuple[str, str]:
    given = body.get("author") or body.get("committer") or {}
    if not isinstance(given, dict):
        raise ApiError(422, "Validation Failed", [{"field": "author", "code": "invalid"}])
    return text(given, "name", "Camp"), text(given, "email", "camp@localhost")


def _content(coded: str) -> bytes:
    try:
        return base64.b64decode(coded.encode(), validate=False)
    except (binascii.Error, ValueError):
        raise ApiError(422, "content is not valid Base64") from None
