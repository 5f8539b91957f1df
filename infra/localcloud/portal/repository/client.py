"""The local GitHub as the portal's pages ask it: by its REST API, with the learner's token."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web

from localcloud.messages import _

from ..guard import Refused
from ..page import Connections

ASK_SECONDS = 20.0
CHUNK = 1 << 18  # bytes of a file that is handed on
HANDED_ON = ("Content-Type", "Content-Length", "Content-Disposition")
UNREACHABLE = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError)


class GitHubClient:
    """The repository `repository` (`owner/name`) on the GitHub at `url`; empty when none runs."""

    def __init__(self, url: str, repository: str, token: str) -> None:
        self.url = url.rstrip("/")
        self.repository = repository
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, connections: Connections) -> "GitHubClient":
        return cls(
            connections.setting("CAMP_GITHUB_URL"),
            connections.setting("CAMP_GITHUB_REPOSITORY"),
            connections.setting("CAMP_GITHUB_TOKEN"),
        )

    @property
    def remote(self) -> str:
        """The address for git."""
        return f"{self.url}/{self.repository}.git"

    async def open(self) -> None:
        """It is asked at each use."""

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def get(self, path: str, **query: str) -> Any:
        """What it answers at `path` below the repository; Refused with the reason."""
        return await self.ask("GET", path, query=query)

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        root: str = "/api/v3/repos",
    ) -> Any:
        """As `get`, with another method and a body; `root` is where the repositories are."""
        url = f"{self.url}{root}/{self.repository}{path}"
        try:
            sent = self._http().request(method, url, json=body, params=query or {}, headers=self._headers)
            async with sent as answer:
                found = await _json(answer)
                if answer.status < 300:
                    return found
                raise _refused(answer.status, found)
        except UNREACHABLE:
            raise self._unreachable() from None

    async def hand_on(self, request: web.Request, path: str, root: str) -> web.StreamResponse:
        """A file that it has at `path`, as the answer to this request, piece by piece."""
        try:
            answer = await self._http().get(f"{self.url}{root}/{self.repository}{path}", headers=self._headers)
        except UNREACHABLE:
            raise self._unreachable() from None
        async with answer:
            if answer.status != 200:
                raise _refused(answer.status, await _json(answer))
            given = {name: answer.headers[name] for name in HANDED_ON if name in answer.headers}
            response = web.StreamResponse(headers=given)
            await response.prepare(request)
            async for data in answer.content.iter_chunked(CHUNK):
                await response.write(data)
            await response.write_eof()
        return response

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_SECONDS))
        return self._session

    def _unreachable(self) -> Refused:
        text = _("The local GitHub does not answer at {url}. This page goes on by itself when it is back.")
        return Refused(502, text.format(url=self.url))


async def _json(answer: aiohttp.ClientResponse) -> Any:
    return await answer.json() if answer.content_type == "application/json" else None


def _refused(status: int, found: Any) -> Refused:
    said = found.get("message") if isinstance(found, dict) else None
    known = status if status in (400, 404, 409, 422) else 409 if status == 405 else 502
    return Refused(known, str(said or _("The local GitHub answered {status}.").format(status=status)))


def part(text: str) -> str:
    """A path or a name as a part of an address."""
    return quote(text, safe="/")
