"""The local Azure as the portal asks it, with the token that both were started with."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from localcloud.messages import _

from ..guard import Refused
from ..page import Connections

ASK_SECONDS, ACT_SECONDS = 5.0, 90.0
UNREACHABLE = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError)


class AzureClient:
    """The Azure whose admin is at `url`."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, connections: Connections) -> "AzureClient":
        return cls(connections.setting("CAMP_AZURE_URL"), connections.setting("CAMP_AZURE_TOKEN"))

    async def open(self) -> None:
        """It is asked at each use."""

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def state(self) -> dict[str, Any]:
        return await self._asked("GET", "state", {}, ASK_SECONDS)

    async def deployment(self, id: str) -> dict[str, Any]:
        return await self._asked("GET", f"deployments/{id}", {}, ASK_SECONDS)

    async def swap(self, source: str, target: str) -> dict[str, Any]:
        """Returns once it has ended; Refused while something else is under way."""
        return await self._asked("POST", "swap", {"source": source, "target": target, "by": "portal"}, ACT_SECONDS)

    async def _asked(self, method: str, path: str, query: Mapping[str, str], seconds: float) -> dict[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=seconds)
        url = f"{self._url}/admin/{path}"
        try:
            sent = self._session.request(method, url, params=query, headers=self._headers, timeout=timeout)
            async with sent as answer:
                found = await answer.json() if answer.content_type == "application/json" else {}
                if answer.status == 200 and isinstance(found, dict):
                    return found
                error = found.get("error") if isinstance(found, dict) else None
                said = error or _("The local Azure answered {status}.").format(status=answer.status)
                raise Refused(answer.status if answer.status in (400, 404, 409) else 502, str(said))
        except UNREACHABLE:
            text = _("The local Azure does not answer. This page goes on by itself when it is back.")
            raise Refused(502, text) from None
