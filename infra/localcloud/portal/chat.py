"""What the chat page asks for: the workspace as it is, what happens in it, and saying something."""

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.messages import _
from localcloud.slack.courier import facts_of
from localcloud.slack.model import Channel, Message, SlackApp, User

if TYPE_CHECKING:
    from localcloud.slack.workspace import SlackWorkspace

LONGEST_TEXT = 40_000
SHOWN_MESSAGES = 300
Asked = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class BadRequest(Exception):
    """The page asked for something that is not there; `status` and a text for the person."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


class Chat:
    """The chat page's endpoints."""

    def __init__(self, workspace: "SlackWorkspace", app: SlackApp) -> None:
        self._workspace = workspace
        self._app = app

    def routes(self) -> list[web.RouteDef]:
        posts: dict[str, Asked] = {
            "say": self.say,
            "edit": self.edit,
            "duplicate": self.duplicate,
            "react": self.react,
        }
        return [
            web.get("/api/state", self.state),
            web.get("/live", self.live),
            *(web.post(f"/api/{name}", answering(asked)) for name, asked in posts.items()),
        ]

    async def state(self, _request: web.Request) -> web.Response:
        """Everything that the page shows, and the journal's number that it stands at."""
        workspace = self._workspace
        entries = workspace.journal.entries
        channels = [one for one in workspace.store.channels.values() if one.kind != "im"]
        everything = [
            workspace.facts(message)
            for channel in channels
            for message in workspace.store.messages(channel.id, ephemeral=True)[-SHOWN_MESSAGES:]
        ]
        people = [one for one in workspace.store.users.values() if not one.is_bot]
        return web.json_response(
            {
                "number": entries[-1].number if entries else 0,
                "bot": {"id": self._app.bot_user_id, "name": self._app.name},
                "people": [{"id": one.id, "name": one.name, "real_name": one.real_name} for one in people],
                "channels": [{"id": one.id, "name": one.name} for one in channels],
                "messages": everything,
                "deliveries": [facts_of(one) for one in workspace.deliveries],
            }
        )

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The journal as server-sent events."""
        text = request.headers.get("Last-Event-ID") or request.query.get("since", "0")
        since = int(text) if text.isdigit() else 0
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        await response.write(b": open\n\n")
        async for entry in self._workspace.journal.follow(since):
            await response.write(f"id: {entry.number}\ndata: {json.dumps(entry.to_json())}\n\n".encode())
        return response

    async def say(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A person says something; `/command text` is a slash command."""
        user, channel, text = self._user(asked), self._channel(asked), self._text(asked)
        thread = asked.get("thread_ts")
        if thread is not None and self._workspace.store.find(channel.id, str(thread)) is None:
            raise BadRequest(_("This thread is not there any more."), 404)
        if text.startswith("/"):
            command, _space, rest = text.partition(" ")
            result = await self._workspace.slash(user, channel, command, rest.strip())
            return {"error": result.error}
        message = await self._workspace.say(user, channel, text, thread_ts=thread)
        return {"ts": message.ts}

    async def edit(self, asked: dict[str, Any]) -> dict[str, Any]:
        user, message, text = self._user(asked), self._message(asked), self._text(asked)
        if message.user != user.id:
            raise BadRequest(_("Only its writer can change a message."))
        await self._workspace.edit(user, message, text)
        return {}

    async def duplicate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Delivers a message's events once more, as Slack sometimes does."""
        await self._workspace.duplicate(self._message(asked))
        return {}

    async def react(self, asked: dict[str, Any]) -> dict[str, Any]:
        user, message, name = self._user(asked), self._message(asked), str(asked.get("name") or "")
        if not name.replace("_", "").isalnum():
            raise BadRequest(_("This is not the name of an emoji."))
        there = user.id in message.reactions.get(name, ())
        self._workspace.react(message, name, user.id, remove=there)
        return {}

    def _user(self, asked: dict[str, Any]) -> User:
        found = self._workspace.store.users.get(str(asked.get("user")))
        if found is None or found.is_bot:
            raise BadRequest(_("There is no such person."), 404)
        return found

    def _channel(self, asked: dict[str, Any]) -> Channel:
        found = self._workspace.store.channels.get(str(asked.get("channel")))
        if found is None:
            raise BadRequest(_("There is no such channel."), 404)
        return found

    def _message(self, asked: dict[str, Any]) -> Message:
        found = self._workspace.store.find(self._channel(asked).id, str(asked.get("ts")))
        if found is None:
            raise BadRequest(_("This message is not there any more."), 404)
        return found

    def _text(self, asked: dict[str, Any]) -> str:
        text = asked.get("text")
        if not isinstance(text, str) or not text.strip():
            raise BadRequest(_("Write something first."))
        if len(text) > LONGEST_TEXT:
            raise BadRequest(_("Slack takes {most} characters at most.").format(most=f"{LONGEST_TEXT:,}"))
        return text.strip()


def answering(asked: Asked) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler that reads JSON, and answers with JSON; what is wrong is told with its status."""

    async def handler(request: web.Request) -> web.Response:
        try:
            content = await request.json()
        except ValueError:
            return web.json_response({"error": _("The request is not JSON.")}, status=400)
        if not isinstance(content, dict):
            return web.json_response({"error": _("The request is not a JSON object.")}, status=400)
        try:
            return web.json_response(await asked(content))
        except BadRequest as error:
            return web.json_response({"error": str(error)}, status=error.status)

    return handler
