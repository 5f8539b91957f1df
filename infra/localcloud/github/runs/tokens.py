"""The address at which jobs ask for OIDC tokens, `ACTIONS_ID_TOKEN_REQUEST_URL`."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from localcloud.messages import _
from localcloud.serving import Server

from .oidc import AUDIENCE, MakeToken

MOST_JOBS = 1_000

Claims = Callable[[str], Mapping[str, Any]]


class TokenServer:
    """It is started when the first job may ask."""

    def __init__(self, make_token: MakeToken) -> None:
        self._make_token = make_token
        self._jobs: dict[str, Claims] = {}
        self._server: Server | None = None

    @property
    def port(self) -> int:
        return self._server.port if self._server else 0

    async def variables(self, claims: Claims) -> dict[str, str]:
        """The environment of a job that may ask for tokens with these claims, which depend on the audience."""
        if self._server is None:
            app = web.Application()
            app.router.add_get("/id-token", self._answer)
            self._server = Server(app, 0)
            await self._server.start()
        bearer = secrets.token_urlsafe(32)
        self._jobs[bearer] = claims
        while len(self._jobs) > MOST_JOBS:
            del self._jobs[next(iter(self._jobs))]
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self._server.url}/id-token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": bearer,
        }

    async def stop(self) -> None:
        if self._server:
            await self._server.stop()

    async def _answer(self, request: web.Request) -> web.Response:
        kind, _space, bearer = request.headers.get("Authorization", "").partition(" ")
        claims = self._jobs.get(bearer) if kind.lower() == "bearer" else None
        if claims is None:
            return web.json_response({"message": _("Bad credentials")}, status=401)
        token = self._make_token(claims(request.query.get("audience") or AUDIENCE))
        return web.json_response({"count": len(token), "value": token})
