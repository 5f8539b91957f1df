"""The local subscription as the portal asks it, with the token that both were started with."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from localcloud.messages import _

from ..guard import Refused
from ..page import Connections

ASK_SECONDS = 15.0
UNREACHABLE = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError)


class ResourcesClient:
    """The subscription whose Resource Manager is at `url`."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, connections: Connections) -> "ResourcesClient":
        return cls(connections.setting("CAMP_RESOURCES_URL"), connections.setting("CAMP_RESOURCES_TOKEN"))

    async def open(self) -> None:
        """It is asked at each use."""

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def overview(self, group: str) -> dict[str, Any]:
        return await self._asked("/overview", {"group": group})

    async def resource(self, id: str) -> dict[str, Any]:
        """Refused with 404 when there is no such resource."""
        return await self._asked("/overview/resource", {"id": id})

    async def _asked(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=ASK_SECONDS)
        try:
            sent = self._session.get(self._url + path, params=query, headers=self._headers, timeout=timeout)
            async with sent as answer:
                found = await answer.json() if answer.content_type == "application/json" else {}
                if answer.status == 200 and isinstance(found, dict):
                    return found
                raise _refusal(answer.status, found)
        except UNREACHABLE:
            text = _("The resources of the local cloud do not answer. This page goes on by itself when they are back.")
            raise Refused(502, text) from None


def _refusal(status: int, answer: Any) -> Refused:
    error = answer.get("error") if isinstance(answer, dict) else None
    if status in (400, 404):
        return Refused(404, _("There is no such resource (any more)."))
    said = error.get("message") if isinstance(error, dict) else None
    return Refused(502, str(said or _("The resources of the local cloud answered {status}.").format(status=status)))
