"""The queues page's JSON API, under `api/queues/`."""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from localcloud.messages import _

from ..body import optional_text, read_body, text_of
from ..functions.host import Host
from ..guard import Refused
from .queues import Queues
from .queuetext import SHOWN_CHARACTERS, decoded

NAME = re.compile(r"(?=.{3,63}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
MESSAGE_ID = re.compile(r"[0-9a-fA-F-]{1,64}")


class QueuesApi:
    """Reads requests, has the queues act, and answers; the host tells what it holds itself."""

    def __init__(self, queues: Queues, host: Host) -> None:
        self._queues = queues
        self._host = host

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/queues", self.state),
            web.post("/api/queues/create", self.create),
            web.post("/api/queues/add", self.add),
            web.post("/api/queues/twice", self.twice),
            web.post("/api/queues/delete", self.delete),
            web.post("/api/queues/clear", self.clear),
            web.post("/api/queues/move-back", self.move_back),
        ]

    async def close(self) -> None:
        """Keeps nothing open."""

    async def state(self, request: web.Request) -> web.Response:
        """Every queue; and of `queue` and its poison twin what can be seen, and what the host holds."""
        pairs = await self._queues.all()
        wanted = request.query.get("queue", "")
        pair = next((one for one in pairs if one["name"] == wanted), None)
        answer: dict[str, Any] = {"queues": pairs, "queue": None, "poison": None, "held": []}
        if pair:
            answer["queue"] = await self._queues.look(wanted)
            answer["poison"] = await self._queues.look(pair["poison"]["name"]) if pair["poison"] else None
            answer["held"] = await self._held(wanted)
        return web.json_response(answer)

    async def _held(self, queue: str) -> list[dict[str, Any]]:
        """The messages of `queue` that nobody sees because the host has them."""
        place = (queue, self._queues.endpoint)
        found = [one for one in await self._host.held() if (one["queue"], one["endpoint"]) == place]
        return [{**one, "text": decoded(one["text"])[0][:SHOWN_CHARACTERS]} for one in found]

    async def create(self, request: web.Request) -> web.Response:
        queue = name_of(await read_body(request))
        await self._queues.create(queue)
        return web.json_response({"queue": queue}, status=201)

    async def add(self, request: web.Request) -> web.Response:
        """`queue`, `text`, and perhaps `encoding` (base64 or none) and `delay` in seconds."""
        body = await read_body(request)
        text, encoding = text_of(body, "text"), text_of(body, "encoding", default="base64")
        delay = body.get("delay", 0)
        if not isinstance(delay, int) or isinstance(delay, bool):
            raise Refused(400, _("The field {name} must be a whole number.").format(name="delay"))
        return web.json_response({"id": await self._queues.add(name_of(body), text, encoding, delay)}, status=201)

    async def twice(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        return web.json_response({"id": await self._queues.twice(name_of(body), id_of(body))}, status=201)

    async def delete(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        await self._queues.delete(name_of(body), id_of(body))
        return web.json_response({})

    async def clear(self, request: web.Request) -> web.Response:
        await self._queues.clear(name_of(await read_body(request)))
        return web.json_response({})

    async def move_back(self, request: web.Request) -> web.Response:
        """`queue` (the poison one), and perhaps the `id` of one message; how many were `moved`."""
        body = await read_body(request)
        one = None if optional_text(body, "id") is None else id_of(body)
        return web.json_response({"moved": await self._queues.move_back(name_of(body), one)})


def name_of(body: Mapping[str, Any]) -> str:
    """The field `queue`: a name that Azure takes."""
    queue = text_of(body, "queue")
    if not NAME.fullmatch(queue):
        raise Refused(
            400,
            _(
                "A queue's name has 3 to 63 lower-case letters, digits and single dashes, and begins and ends with a "
                "letter or digit."
            ),
        )
    return queue


def id_of(body: Mapping[str, Any]) -> str:
    message_id = text_of(body, "id")
    if not MESSAGE_ID.fullmatch(message_id):
        raise Refused(400, _("That is no message's id."))
    return message_id
