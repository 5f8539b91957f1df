"""The chat: what people do in the workspace, and all that the page needs to show it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

from localcloud.journal import Entry
from localcloud.messages import _
from localcloud.slack.courier import facts_of
from localcloud.slack.ids import new_trace
from localcloud.slack.model import Channel, Message, SlackApp, User
from localcloud.slack.workspace import RETRY_DELAYS, SlackWorkspace

from ..guard import Refused
from .content import TRIGGER_WORDS
from .explain import explanation, next_try
from .slacktext import written

MOST_CHARACTERS = 40_000
SHOWN_MESSAGES = 200
KEPT_COMMANDS = 300


class Chat:
    """Acts for the people of one workspace with one app."""

    def __init__(self, workspace: SlackWorkspace, app: SlackApp) -> None:
        self._workspace = workspace
        self._app = app
        self._run_id = new_trace()
        self._commands: deque[dict[str, Any]] = deque(maxlen=KEPT_COMMANDS)
        self._tasks: set[asyncio.Task[None]] = set()

    def state(self) -> dict[str, Any]:
        """Everything up to journal entry `last`; what comes later is in `live`."""
        workspace = self._workspace
        entries = workspace.journal.entries
        messages = self._messages()
        return {
            "run": self._run_id,
            "last": entries[-1].number if entries else 0,
            "channels": [{"id": one.id, "name": one.name} for one in self._channels()],
            "people": [{"id": one.id, "name": one.name} for one in self._people()],
            "users": {one.id: {"name": one.name, "bot": one.is_bot} for one in workspace.store.users.values()},
            "app": {"id": self._app.id, "name": self._app.name, "user": self._app.bot_user_id},
            "trigger": TRIGGER_WORDS[0],
            "commands": list(self._app.slash_commands),
            "messages": messages,
            "typed": list(self._commands),
            "deliveries": self._deliveries({one["message"]["ts"] for one in messages}),
        }

    def _deliveries(self, shown: set[str]) -> list[dict[str, Any]]:
        """Those of the messages that are shown."""
        return [self._explained(facts_of(one)) for one in self._workspace.deliveries if one.message_ts in shown]

    def _messages(self) -> list[dict[str, Any]]:
        store = self._workspace.store
        shown: list[dict[str, Any]] = []
        for channel in self._channels():
            last = store.messages(channel.id, ephemeral=True)[-SHOWN_MESSAGES:]
            shown.extend(self._workspace.facts(one) for one in last)
        return shown

    def _channels(self) -> list[Channel]:
        return [one for one in self._workspace.store.channels.values() if one.kind in ("channel", "group")]

    def _people(self) -> list[User]:
        return [one for one in self._workspace.store.users.values() if not one.is_bot]

    async def live(self, since: int) -> AsyncIterator[list[tuple[int, dict[str, Any]]]]:
        """The journal's entries after `since`, deliveries with their explanation; as many at once as there are."""
        async for batch in self._workspace.journal.batches(since):
            yield [(entry.number, self._entry(entry)) for entry in batch]

    def _entry(self, entry: Entry) -> dict[str, Any]:
        shape = entry.to_json()
        return self._explained(shape) if entry.kind == "delivery.attempted" else shape

    @staticmethod
    def _explained(facts: Mapping[str, Any]) -> dict[str, Any]:
        why = explanation(facts["status"], facts["failure"], facts["url"])
        then = next_try(facts["attempt"], facts["what"], RETRY_DELAYS) if why else ""
        return {**facts, "why": f"{why} {then}".strip()}

    async def say(self, person: str, channel: str, typed: str, thread: str | None) -> Message:
        """A person says what was typed, in a channel or in the thread of one of its messages."""
        user, place = self.person(person), self.channel(channel)
        root = self.message(place, thread) if thread else None
        text = self._written(typed)
        thread_ts = (root.thread_ts or root.ts) if root else None
        return await self._workspace.say(user, place, text, thread_ts=thread_ts)

    async def edit(self, person: str, channel: str, ts: str, typed: str) -> Message:
        """A person changes a message of their own."""
        user, message = self.person(person), self.message(self.channel(channel), ts)
        if message.user != user.id or message.only_for:
            raise Refused(403, _("Only {name}'s own messages may be edited.").format(name=user.name))
        return await self._workspace.edit(user, message, self._written(typed))

    async def duplicate(self, channel: str, ts: str) -> None:
        """Delivers a message's events once more."""
        message = self.message(self.channel(channel), ts)
        if message.only_for:
            raise Refused(400, _("Only one person sees this message; apps never hear of it."))
        await self._workspace.duplicate(message)

    def react(self, person: str, channel: str, ts: str, name: str) -> None:
        """A person adds a reaction, or takes their own away."""
        user, message = self.person(person), self.message(self.channel(channel), ts)
        if not name.replace("_", "").replace("+", "").replace("-", "").isalnum() or len(name) > 100:
            raise Refused(400, _("There is no such reaction."))
        remove = user.id in message.reactions.get(name, ())
        self._workspace.react(message, name, user.id, remove=remove)

    def slash(self, person: str, channel: str, command: str, text: str) -> str:
        """A person types a command. Its id; how it goes on is in `live`."""
        user, place = self.person(person), self.channel(channel)
        self._limit(command + text)
        if not command.startswith("/") or len(command.split()) != 1:
            raise Refused(400, _("A command is one word that begins with a slash."))
        typed = {"ts": self._workspace.ids.ts(), "channel": place.id, "user": user.id, "command": command, "text": text}
        self._commands.append(typed)
        self._workspace.journal.add("command.typed", typed=dict(typed))
        task = asyncio.create_task(self._run(user, place, typed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return typed["ts"]

    async def _run(self, user: User, channel: Channel, typed: dict[str, Any]) -> None:
        result = await self._workspace.slash(user, channel, typed["command"], typed["text"])
        delivery = result.delivery
        typed["delivery"] = self._explained(facts_of(delivery)) if delivery else None
        typed["error"] = result.error
        self._workspace.journal.add("command.answered", typed=dict(typed))

    async def close(self) -> None:
        """Gives up commands that nobody answered yet."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def person(self, wanted: str) -> User:
        """A person by id or name."""
        found = next((one for one in self._people() if wanted in (one.id, one.name)), None)
        if found is None:
            raise Refused(404, _("There is no person {name} here.").format(name=wanted[:80]))
        return found

    def channel(self, wanted: str) -> Channel:
        """A channel by id or name."""
        found = next((one for one in self._channels() if wanted.lstrip("#") in (one.id, one.name)), None)
        if found is None:
            raise Refused(404, _("There is no channel {name} here.").format(name=wanted[:80]))
        return found

    def message(self, channel: Channel, ts: str) -> Message:
        found = self._workspace.store.find(channel.id, ts)
        if found is None:
            raise Refused(404, _("There is no such message in #{name}.").format(name=channel.name))
        return found

    def _written(self, typed: str) -> str:
        self._limit(typed)
        names = {one.name.casefold(): one.id for one in self._workspace.store.users.values()}
        return written(typed.strip(), names)

    @staticmethod
    def _limit(text: str) -> None:
        if not text.strip():
            raise Refused(400, _("Write something first."))
        if len(text) > MOST_CHARACTERS:
            raise Refused(400, _("A message has at most {most} characters.").format(most=f"{MOST_CHARACTERS:,}"))
