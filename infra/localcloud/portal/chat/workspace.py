"""The Slack workspace of the camp, which lives in the portal's process: it needs little, and a process much."""

import asyncio
import contextlib
import logging

from localcloud.journal import Journal

from ..page import Connections
from .content import Secrets, furnished
from .history import History
from .record import past, record

JOURNAL = "slack.jsonl"
CHAT = "chat.jsonl"
USUAL_COMMANDS = "/report /count"  # unless `CAMP_SLACK_COMMANDS` says otherwise, with spaces between them
SECRETS = ("bot_token", "signing_secret", "outgoing_token")


class CampWorkspace:
    """The workspace with its people, channels and app; what happens in it goes to the journal's folder."""

    def __init__(self, connections: Connections) -> None:
        journal = Journal()
        port, url = int(connections.setting("CAMP_SLACK_PORT") or 0), connections.setting("CAMP_FUNCTIONS_URL")
        commands = connections.settings.get("CAMP_SLACK_COMMANDS", USUAL_COMMANDS).split()
        self.workspace, self.app = furnished(journal, port, url, _secrets(connections), commands)
        self._journal = journal
        self._folder = connections.folder
        self._writing: list[asyncio.Task[None]] = []
        self.past = past(self._folder / JOURNAL)  # what happened before the last restart, oldest first

    @classmethod
    def of(cls, connections: Connections) -> "CampWorkspace":
        return cls(connections)

    async def open(self) -> None:
        """Restores what was said before, and answers apps."""
        history = History(self.workspace.store, self._folder / CHAT)
        history.restore()
        self._writing = [
            asyncio.create_task(record(self._journal, self._folder / JOURNAL)),
            asyncio.create_task(history.keep(self._journal)),
        ]
        await self.workspace.start()
        logging.getLogger("portal").info("Slack API at %s", self.workspace.api_url)

    async def close(self) -> None:
        await self.workspace.stop()
        for task in self._writing:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _secrets(connections: Connections) -> Secrets:
    """What the settings give."""
    given = {name: connections.setting(f"CAMP_SLACK_{name.upper()}") for name in SECRETS}
    return Secrets(**{name: value for name, value in given.items() if value})
