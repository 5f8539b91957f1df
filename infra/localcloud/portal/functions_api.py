"""The functions page's JSON API, under `api/functions/`: the host's camp endpoints, asked from here."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web

from localcloud.event_stream import since, stream
from localcloud.messages import _

from .guard import Refused, refusal

ASK_SECONDS = 10.0
FAULT_SECONDS = 60.0
UNREACHABLE = (aiohttp.ClientError, asyncio.TimeoutError, OSError)


class FunctionsApi:
    """Asks the Functions host at `url`; says in plain words when it does not answer."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._base = self._url + "/admin/camp"
        self._session: aiohttp.ClientSession | None = None

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/functions/state", self.state),
            web.get("/api/functions/journal", self.journal),
            web.get("/api/functions/live", self.live),
            web.post("/api/functions/faults/{fault:recycle|crash}", self.fault),
        ]

    async def state(self, _request: web.Request) -> web.Response:
        """The host's state; `problem` when there is none to show."""
        try:
            async with self._open().get(f"{self._base}/state", timeout=_seconds(ASK_SECONDS)) as answer:
                if answer.status == 404:
                    return web.json_response({"problem": "foreign", "message": self._foreign(), "url": self._url})
                answer.raise_for_status()
                return web.json_response({**_object(await answer.json()), "url": self._url})
        except (*UNREACHABLE, ValueError):
            return web.json_response({"problem": "down", "message": self.down(), "url": self._url})

    async def journal(self, request: web.Request) -> web.Response:
        status, content = await self.ask("GET", f"journal?since={since(request)}", ASK_SECONDS)
        if status != 200:
            return refusal(502, content.decode("utf-8", "replace"))
        return web.Response(body=content, content_type="application/json")

    async def fault(self, request: web.Request) -> web.Response:
        status, content = await self.ask("POST", f"faults/{request.match_info['fault']}", FAULT_SECONDS)
        if status != 200:
            return refusal(409, content.decode("utf-8", "replace"))
        return web.Response(body=content, content_type="application/json")

    async def held(self) -> list[dict[str, Any]]:
        """The queue messages that the host holds; none from a host that does not answer."""
        try:
            return await self.listed("queues")
        except Refused:
            return []

    async def ask(self, method: str, path: str, seconds: float, body: Any = None) -> tuple[int, bytes]:
        """One of the host's camp endpoints: status and content. Refused when no camp host answers."""
        try:
            sent = self._open().request(method, f"{self._base}/{path}", timeout=_seconds(seconds), json=body)
            async with sent as answer:
                if answer.status == 404 and answer.content_type != "application/json":
                    raise Refused(502, self._foreign())
                return answer.status, await answer.read()
        except UNREACHABLE:
            raise Refused(502, self.down()) from None

    async def listed(self, path: str) -> list[Any]:
        """What a camp endpoint of the host lists; Refused when it does not."""
        status, content = await self.ask("GET", path, ASK_SECONDS)
        found = json.loads(content) if status == 200 else None
        if not isinstance(found, list):
            raise Refused(502, self.down())
        return found

    @property
    def url(self) -> str:
        return self._url

    @property
    def session(self) -> aiohttp.ClientSession:
        return self._open()

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The host's journal as it grows; ends when the host does."""
        return await stream(request, self._parts(since(request)))

    async def _parts(self, number: int) -> AsyncIterator[bytes]:
        wait = aiohttp.ClientTimeout(total=None, sock_connect=ASK_SECONDS)
        try:
            async with self._open().get(f"{self._base}/live?since={number}", timeout=wait) as answer:
                if answer.status != 200:
                    return
                async for part in answer.content.iter_any():
                    yield part
        except UNREACHABLE:
            return

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, force_close=True), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    def down(self) -> str:
        return _("The Functions host does not answer at {url}. This page goes on by itself when it is back.").format(
            url=self._url
        )

    def _foreign(self) -> str:
        return _(
            "Something else than the camp's own Functions host answers at {url}: Azure Functions Core Tools, perhaps. "
            "Your functions run there, and their log is in its terminal; this page can only show the camp's host."
        ).format(url=self._url)


def _seconds(total: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=total)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
