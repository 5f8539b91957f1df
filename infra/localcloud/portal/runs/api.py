"""The runs page's JSON API, under `api/runs`."""

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from localcloud.messages import _

from ..body import read_body, text_of
from ..guard import Refused
from ..repository.client import GitHubClient

ROOT = "/-"  # no owner is called so
ACTS = ("rerun", "cancel", "approve", "reject")


class RunsApi:
    """Shows runs and acts on them."""

    def __init__(self, github: GitHubClient) -> None:
        self._github = github

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/runs", self.state),
            web.get("/api/runs/workflows", self.workflows),
            web.get("/api/runs/artifact", self.artifact),
            web.post("/api/runs/act", self.act),
            web.post("/api/runs/start", self.start),
        ]

    async def close(self) -> None:
        """The client is closed by whoever made it."""

    async def state(self, request: web.Request) -> web.Response:
        """The newest runs; of the run `number` everything, and of its `job` (a place) the logs."""
        number, job = (request.query.get(name, "") for name in ("number", "job"))
        asked = [self._get("/runs")]
        if number.isascii() and number.isdigit() and len(number) < 10:
            asked.append(self._get(f"/runs/{number}", job=job))
        listed, *one = await asyncio.gather(*asked, return_exceptions=True)
        if isinstance(listed, BaseException):
            raise listed
        run = one[0] if one and not isinstance(one[0], BaseException) else None
        return web.json_response({**listed, "run": run})

    async def artifact(self, request: web.Request) -> web.StreamResponse:
        """The zip file of the artifact `name` of the run `number`."""
        number, name = request.query.get("number", ""), request.query.get("name", "")
        if not (number.isascii() and number.isdigit() and name):
            raise Refused(400, _("Name the run by its number, and the artifact."))
        return await self._github.hand_on(request, f"/runs/{number}/artifacts/{quote(name, safe='')}", root=ROOT)

    async def workflows(self, _request: web.Request) -> web.Response:
        return web.json_response(await self._get("/workflows"))

    async def act(self, request: web.Request) -> web.Response:
        """`number` and `act`; for `approve` and `reject` the place of the `job` too."""
        body = await read_body(request)
        number, act = body.get("number"), text_of(body, "act")
        if not isinstance(number, int) or act not in ACTS:
            raise Refused(400, _("Name the run by its number, and what to do: {acts}.").format(acts=", ".join(ACTS)))
        answer = await self._github.ask("POST", f"/runs/{number}/{act}", {"job": body.get("job")}, root=ROOT)
        return web.json_response(answer)

    async def start(self, request: web.Request) -> web.Response:
        """`workflow`, `ref` and `inputs`."""
        body = await read_body(request)
        inputs = body.get("inputs", {})
        if not isinstance(inputs, dict):
            raise Refused(400, _("The inputs must be a JSON object."))
        asked = {"workflow": text_of(body, "workflow"), "ref": text_of(body, "ref", default="main"), "inputs": inputs}
        return web.json_response(await self._github.ask("POST", "/dispatch", asked, root=ROOT))

    async def _get(self, path: str, **query: str) -> Any:
        return await self._github.ask("GET", path, query=query, root=ROOT)
