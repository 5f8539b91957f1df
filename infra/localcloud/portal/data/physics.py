"""The emulator's management endpoint: what each physical partition spends, and its emulator-only switches.

A real account and Microsoft's emulator have none: then `ask` gives None, and `tell` refuses with a sentence.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from localcloud.http_loopback import is_local
from localcloud.messages import _

from ..guard import Refused
from ..page import Connections
from .account import CosmosAccount

SECONDS = 5


class Physics:
    """Asks `<endpoint>/_camp/…`, which answers this computer alone (with a certificate of its own, under HTTPS)."""

    def __init__(self, endpoint: str) -> None:
        self._base = endpoint.rstrip("/") + "/_camp/"
        self.configured = bool(endpoint)
        self._here = self.configured and is_local(urlsplit(endpoint).netloc)
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, connections: Connections) -> "Physics":
        return cls(connections.shared(CosmosAccount).endpoint)

    async def open(self) -> None:
        """The endpoint is asked at each use."""

    async def ask(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """What the endpoint tells; None when there is no such endpoint. Refused when a container is not there."""
        if not self._here:
            return None
        status, found = await self._answer("GET", path, params=query)
        if status == 404 and query:
            raise Refused(404, _said(found) or _("There is no such container."))
        if status == 400:
            raise Refused(400, _said(found))
        return found if status == 200 and isinstance(found, dict | list) else None

    async def tell(self, path: str, body: Mapping[str, Any]) -> Any:
        """Changes something; Refused with a sentence when that cannot be."""
        status, found = await self._answer("POST", path, json=body) if self._here else (404, None)
        if status in (200, 201, 202, 204):
            return found
        if status in (400, 404, 409) and (sentence := _said(found)):
            raise Refused(status, sentence)
        raise Refused(404, _("Only the camp's own emulator can do this: there is no management endpoint here."))

    async def _answer(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        try:
            async with self._session.request(method, self._base + path, ssl=False, **options) as answer:
                return answer.status, await _content(answer)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            sentence = _("Cosmos DB does not answer. This page goes on by itself when it is back.")
            raise Refused(503, sentence) from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._session = None


async def _content(answer: aiohttp.ClientResponse) -> Any:
    try:
        return await answer.json(content_type=None)
    except (ValueError, RecursionError):
        return None


def _said(found: Any) -> str:
    return str(found.get("message") or found.get("error") or "") if isinstance(found, dict) else ""
