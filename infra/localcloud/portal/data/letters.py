"""The documents of the container `deadletters` as dead letters. The app itself puts them back: it has a function for
that, at a route with `{id}` that ends in `/replay`."""

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from localcloud.messages import _
from localcloud.trace import new_traceparent

from ..functions.host import ASK_SECONDS, UNREACHABLE, Host
from ..guard import Refused
from ..page import Connections
from ..queues.dead_letters import SHOWN, gone
from .account import CosmosAccount, asked

if TYPE_CHECKING:
    from ..queues.dead_letters import Source

CONTAINER = "deadletters"
REPLAY = re.compile(r"(?P<before>[^{}]*/)\{id(:[^}]*)?\}/replay", re.IGNORECASE)
COUNT, FIRST = "SELECT VALUE COUNT(1) FROM c", f"SELECT TOP {SHOWN} * FROM c"
SECONDS_TO_ANSWER = 30.0


def sources(connections: Connections) -> "list[Source]":
    if not (connections.has("cosmos") and connections.has("functions")):
        return []
    account = connections.shared(CosmosAccount)
    return [Letters(account, connections.shared(Host))] if account.endpoint else []


class Letters:
    name = "letters"

    def __init__(self, account: CosmosAccount, host: Host) -> None:
        self._account = account
        self._host = host

    def title(self) -> str:
        return _("Cosmos DB: letters")

    async def groups(self) -> list[dict[str, Any]]:
        async with asked():
            client = await self._account.client()
            names = [one["id"] async for one in client.list_databases()]
            found = [await self._group(name) for name in names]
        return [one for one in found if one]

    async def _group(self, database: str) -> dict[str, Any] | None:
        from azure.cosmos.exceptions import CosmosResourceNotFoundError

        container = await self._account.container(database, CONTAINER)
        try:
            await container.read()
        except CosmosResourceNotFoundError:
            return None
        counts: list[Any] = [one async for one in container.query_items(COUNT)]
        letters = [_letter(one) async for one in container.query_items(FIRST)]
        return {"name": f"{database}/{CONTAINER}", "of": "", "count": sum(counts), "letters": letters}

    async def replay(self, group: str, id: str) -> None:
        """Asks the app, with the key that its function wants."""
        function, before = await self._function()
        url = URL(f"{before}{quote(id, safe='')}/replay", encoded=True)
        headers = {"traceparent": new_traceparent(), "x-functions-key": await self._key_of(function)}
        timeout = aiohttp.ClientTimeout(total=SECONDS_TO_ANSWER)
        try:
            async with self._host.session.post(url, headers=headers, timeout=timeout) as answer:
                text = (await answer.content.read(400)).decode("utf-8", "replace")
        except UNREACHABLE:
            raise Refused(502, self._host.down()) from None
        if answer.status == 404:
            raise gone()
        if answer.status >= 300:
            sentence = _("The function {name} answered {status}: {text}")
            raise Refused(502, sentence.format(name=function, status=answer.status, text=text))

    async def _function(self) -> tuple[str, str]:
        """The app's own function for that, and what is before the id in its address."""
        for one in (await self._host.state()).get("functions", []):
            if found := REPLAY.fullmatch(str(one.get("url") or "")):
                return str(one["name"]), found["before"]
        sentence = _("No function of the app has a route such as {route}. Write it, and press again.")
        raise Refused(404, sentence.format(route=f"{CONTAINER}/{{id}}/replay"))

    async def _key_of(self, function: str) -> str:
        wanted = {"function": function, "name": "default"}
        status, content = await self._host.ask("POST", "keys", ASK_SECONDS, wanted)
        return str(json.loads(content)["value"]) if status == 200 else ""


def _letter(document: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in document.items() if not name.startswith("_")}
    return {"id": str(document["id"]), "text": json.dumps(told, ensure_ascii=False, indent=1)[:4_000]}
