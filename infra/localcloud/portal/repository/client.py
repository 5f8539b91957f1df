"""The local GitHub as the portal's pages ask it: by its REST API, with the learner's token."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from localcloud.messages import _

from ..guard import Refused
from ..page import Connections

ASK_SECONDS = 20.0
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
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_SECONDS))
        url = f"{self.url}{root}/{self.repository}{path}"
        try:
            sent = self._session.request(method, url, json=body, params=query or {}, headers=self._headers)
            async with sent as answer:
                found = await answer.json() if answer.content_type == "application/json" else None
                if answer.status < 300:
                    return found
                said = found.get("message") if isinstance(found, dict) else None
        except UNREACHABLE:
            text = _("The local GitHub does not answer at {url}. This page goes on by itself when it is back.")
            raise Refused(502, text.format(url=self.url)) from None
        status = answer.status if answer.status in (400, 404, 409, 422) else 409 if answer.status == 405 else 502
        raise Refused(status, str(said or _("The local GitHub answered {status}.").format(status=answer.status)))


def part(text: str) -> str:
    """A path or a name as a part of an address."""
    return quote(text, safe="/")
