"""The faults of the handler that a queue on SQS triggers."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp

from localcloud.aws.service import LAMBDA_URL
from localcloud.messages import _

from ..guard import Refused
from ..page import Connections

if TYPE_CHECKING:
    from ..faults.sources import Source

ASK = aiohttp.ClientTimeout(total=60)  # to recycle waits for the batch in hand
UNREACHABLE = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError)


def sources(connections: Connections) -> "list[Source]":
    url = connections.setting(LAMBDA_URL)
    return [LambdaFaults(url.rstrip("/"))] if url else []


class LambdaFaults:
    name = "lambda"

    def __init__(self, url: str) -> None:
        self._url = url

    def title(self) -> str:
        return _("Lambda (its log: camp logs lambda)")

    async def state(self) -> Mapping[str, Any]:
        return await self._asked("GET", "")

    async def inject(self, name: str, fields: Mapping[str, Any]) -> None:
        await self._asked("POST", f"/{quote(name, safe='')}", fields)

    async def end(self, name: str, target: str) -> None:
        await self._asked("DELETE", f"/{quote(name, safe='')}")

    async def _asked(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        try:
            async with (
                aiohttp.ClientSession(timeout=ASK) as session,
                session.request(method, f"{self._url}/faults{path}", json=body) as answer,
            ):
                found: Mapping[str, Any] = await answer.json()
        except UNREACHABLE:
            text = _("The handler's program does not answer at {url}. See: camp logs lambda")
            raise Refused(502, text.format(url=self._url)) from None
        if answer.status != 200:
            raise Refused(answer.status, str(found.get("error")))
        return found
