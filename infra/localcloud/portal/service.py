"""The portal as a program: `python -m localcloud.portal`."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path

from localcloud.journal import Journal
from localcloud.logs import set_up_logging
from localcloud.messages import _
from localcloud.serving import Server

from .content import Secrets

JOURNAL = "slack.jsonl"
CHAT = "chat.jsonl"
STORAGE = "AzureWebJobsStorage"
COSMOS = "CosmosDbConnection"


def secrets() -> Secrets:
    """What the environment gives."""
    names = ("bot_token", "signing_secret", "outgoing_token")
    given = {name: os.environ.get(f"CAMP_SLACK_{name.upper()}") for name in names}
    return Secrets(**{name: value for name, value in given.items() if value})


async def run(
    port: int, slack_port: int, functions_url: str, journal_dir: Path, storage: str = "", cosmos: str = ""
) -> None:
    """Serves workspace and pages until SIGTERM or SIGINT; `storage` and `cosmos` are connection strings."""
    from .apis import apis
    from .application import application
    from .chat import Chat
    from .content import furnished
    from .functions_api import FunctionsApi
    from .history import History
    from .record import record
    from .timeline_api import TimelineApi

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    journal = Journal()
    workspace, app = furnished(journal, slack_port, functions_url, secrets())
    functions = FunctionsApi(functions_url)
    others = [TimelineApi(workspace, functions.listed), *apis(workspace.faults, functions, storage, cosmos)]
    server = Server(application(Chat(workspace, app), functions, others), port)
    history = History(workspace.store, journal_dir / CHAT)
    history.restore()
    writing = [
        asyncio.create_task(record(journal, journal_dir / JOURNAL)),
        asyncio.create_task(history.keep(journal)),
    ]
    await workspace.start()
    try:
        await server.start()
        logging.getLogger("portal").info("Slack API at %s, pages at %s/", workspace.api_url, server.url)
        await stop.wait()
    finally:
        await server.stop()
        await workspace.stop()
        for task in writing:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def main() -> None:
    """`python -m localcloud.portal`: the service that the supervisor runs."""
    from localcloud.supervisor.lifeline import hold

    parser = argparse.ArgumentParser(prog="localcloud.portal", description=_("The Slack workspace and its pages."))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slack-port", type=int, required=True)
    parser.add_argument("--functions-url", required=True, metavar="URL")
    parser.add_argument("--journal-dir", type=Path, required=True, metavar="DIR")
    given = parser.parse_args()
    set_up_logging("portal")
    hold()
    stores = (os.environ.get(STORAGE, ""), os.environ.get(COSMOS, ""))
    asyncio.run(run(given.port, given.slack_port, given.functions_url, given.journal_dir, *stores))
