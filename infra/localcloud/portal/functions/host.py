"""The Functions host as the portal asks it, at the host's own camp endpoints."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from localcloud.messages import _

from ..guard import Refused
from ..page import Connections

ASK_SECONDS = 10.0
FAULT_SECONDS = 60.0
UNREACHABLE = (aiohttp.ClientError, asyncio.TimeoutError, OSError)


class Host:
    """The Functions host at `url`; says in plain words when it does not answer."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._base = self.url + "/admin/camp"
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, connections: Connections) -> "Host":
        return cls(connections.setting("CAMP_FUNCTIONS_URL"))

    async def open(self) -> None:
        """The host may come later, and come again: it is asked at each use."""

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def state(self) -> dict[str, Any]:
        """The host's state; `problem` when there is none to show."""
        try:
            async with self.session.get(f"{self._base}/state", timeout=_seconds(ASK_SECONDS)) as answer:
                if answer.status == 404:
                    return {"problem": "foreign", "message": self._foreign(), "url": self.url}
                answer.raise_for_status()
                return {**_object(await answer.json()), "url": self.url}
        except (*UNREACHABLE, ValueError):
            return {"problem": "down", "message": self.down(), "url": self.url}

    async def ask(self, method: str, path: str, seconds: float, body: Any = None) -> tuple[int, bytes]:
        """One of the host's camp endpoints: status and content. Refused when no camp host answers."""
        try:
            sent = self.session.request(method, f"{self._base}/{path}", timeout=_seconds(seconds), json=body)
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

    async def held(self) -> list[dict[str, Any]]:
        """The queue messages that the host holds; none from a host that does not answer."""
        try:
            return await self.listed("queues")
        except Refused:
            return []

    async def live(self, number: int) -> AsyncIterator[bytes]:
        """The host's journal after an entry as it grows, as an event stream; ends when the host does."""
        wait = aiohttp.ClientTimeout(total=None, sock_connect=ASK_SECONDS)
        try:
            async with self.session.get(f"{self._base}/live?since={number}", timeout=wait) as answer:
                if answer.status != 200:
                    return
                async for part in answer.content.iter_any():
                    yield part
        except UNREACHABLE:
            return

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, force_close=True), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    def down(self) -> str:
        return _("The Functions host does not answer at {url}. This page goes on by itself when it is back.").format(
            url=self.url
        )

    def _foreign(self) -> str:
        return _(
            "Something else than the camp's own Functions host answers at {url}: Azure Functions Core Tools, perhaps. "
            "Your functions run there, and their log is in its terminal; this page can only show the camp's host."
        ).format(url=self.url)


def _seconds(total: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=total)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
