"""The chat's JSON API, under `api/`."""

from collections.abc import AsyncIterator

from aiohttp import web

from localcloud.event_stream import event, since, stream

from ..body import optional_text, read_body, text_of
from .acts import Chat


class ChatApi:
    """Reads requests, has the chat act, and answers."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/state", self.state),
            web.get("/api/live", self.live),
            web.post("/api/say", self.say),
            web.post("/api/edit", self.edit),
            web.post("/api/duplicate", self.duplicate),
            web.post("/api/react", self.react),
            web.post("/api/slash", self.slash),
        ]

    async def close(self) -> None:
        """Gives up commands that nobody answered yet."""
        await self._chat.close()

    async def state(self, _request: web.Request) -> web.Response:
        return web.json_response(self._chat.state())

    async def live(self, request: web.Request) -> web.StreamResponse:
        async def parts() -> AsyncIterator[bytes]:
            async for batch in self._chat.live(since(request)):
                yield b"".join(event(number, entry) for number, entry in batch)

        return await stream(request, parts())

    async def say(self, request: web.Request) -> web.Response:
        """`person`, `channel`, `text` and perhaps `thread`: the `ts` of a message there."""
        body = await read_body(request)
        message = await self._chat.say(
            text_of(body, "person"), text_of(body, "channel"), text_of(body, "text"), optional_text(body, "thread")
        )
        return web.json_response({"ts": message.ts, "trace": message.trace})

    async def edit(self, request: web.Request) -> web.Response:
        """`person`, `channel`, `ts` and the new `text`."""
        body = await read_body(request)
        message = await self._chat.edit(
            text_of(body, "person"), text_of(body, "channel"), text_of(body, "ts"), text_of(body, "text")
        )
        return web.json_response({"ts": message.ts})

    async def duplicate(self, request: web.Request) -> web.Response:
        """`channel` and `ts`."""
        body = await read_body(request)
        await self._chat.duplicate(text_of(body, "channel"), text_of(body, "ts"))
        return web.json_response({})

    async def react(self, request: web.Request) -> web.Response:
        """`person`, `channel`, `ts` and the reaction's `name`."""
        body = await read_body(request)
        self._chat.react(text_of(body, "person"), text_of(body, "channel"), text_of(body, "ts"), text_of(body, "name"))
        return web.json_response({})

    async def slash(self, request: web.Request) -> web.Response:
        """`person`, `channel`, `command` and perhaps `text`; answers at once."""
        body = await read_body(request)
        ts = self._chat.slash(
            text_of(body, "person"),
            text_of(body, "channel"),
            text_of(body, "command"),
            text_of(body, "text", default=""),
        )
        return web.json_response({"ts": ts}, status=202)
