"""The report engine as the portal asks it, with the token that both were started with."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from localcloud.messages import _

from ..guard import Refused
from ..page import Connections

ASK_SECONDS = 5.0
UNREACHABLE = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError)


class EngineClient:
    """The engine at `url`; empty when none runs."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, connections: Connections) -> "EngineClient":
        return cls(connections.setting("REPORT_ENGINE_URL"), connections.setting("CAMP_ENGINE_TOKEN"))

    async def open(self) -> None:
        """It is asked at each use."""

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def state(self) -> dict[str, Any]:
        return await self.ask("GET", "state")

    async def journal(self) -> list[dict[str, Any]]:
        """What has happened in it, oldest first; Refused with the reason."""
        found = await self._asked("GET", "journal", None, list)
        return list(found)

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What its admin answers; Refused with the reason."""
        found = await self._asked(method, path, body, dict)
        return dict(found)

    async def _asked(self, method: str, path: str, body: Mapping[str, Any] | None, kind: type) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_SECONDS))
        try:
            sent = self._session.request(method, f"{self.url}/admin/{path}", json=body, headers=self._headers)
            async with sent as answer:
                found = await answer.json() if answer.content_type == "application/json" else {}
                if answer.status == 200 and isinstance(found, kind):
                    return found
                error = found.get("error") if isinstance(found, dict) else None
                said = error or _("The report engine answered {status}.").format(status=answer.status)
                raise Refused(answer.status if answer.status in (400, 409) else 502, str(said))
        except UNREACHABLE:
            text = _("The report engine does not answer at {url}. This page goes on by itself when it is back.")
            raise Refused(502, text.format(url=self.url)) from None
