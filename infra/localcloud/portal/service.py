"""The portal as a program: the learner's Slack workspace on one port, the pages on another."""

import argparse
import asyncio
import os
import signal
from dataclasses import dataclass

from localcloud.journal import Journal
from localcloud.logs import set_up_logging
from localcloud.messages import _
from localcloud.serving import Server
from localcloud.slack.workspace import SlackApp, SlackWorkspace
from localcloud.supervisor.lifeline import hold

from .pages import application

PEOPLE = (("aiko", "Aiko Mori"), ("björn", "Björn Lind"), ("mei", "Mei Chen"))
CHANNELS = ("general", "random", "ops")
COMMANDS = ("/report", "/count")
TRIGGER_WORDS = ("hello",)


@dataclass(frozen=True)
class Options:
    """Ports (0: any free one) and where the Functions host answers."""

    port: int
    slack_port: int
    functions_url: str


def furnished(workspace: SlackWorkspace, functions_url: str) -> SlackApp:
    """Puts people, channels and the learner's app into an empty workspace."""
    for name, real_name in PEOPLE:
        workspace.add_user(name, real_name)
    for name in CHANNELS:
        workspace.add_channel(name)
    app = workspace.install_app(
        "camp",
        bot_token=os.environ.get("CAMP_SLACK_BOT_TOKEN"),
        signing_secret=os.environ.get("CAMP_SLACK_SIGNING_SECRET"),
        outgoing_token=os.environ.get("CAMP_SLACK_OUTGOING_TOKEN"),
    )
    for channel in workspace.store.channels.values():
        channel.members.add(app.bot_user_id)
    app.events_url = f"{functions_url}/api/slack/events"
    app.outgoing_url = f"{functions_url}/api/slack/outgoing"
    app.outgoing_trigger_words = TRIGGER_WORDS
    app.slash_commands = {name: f"{functions_url}/api/slack/commands" for name in COMMANDS}
    return app


async def serve(options: Options) -> None:
    """Runs until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    workspace = SlackWorkspace(journal=Journal(), port=options.slack_port)
    app = furnished(workspace, options.functions_url)
    server = Server(application(workspace, app, options.functions_url), options.port)
    await workspace.start()
    await server.start()
    print(_("The portal answers at {url}, Slack at {slack}").format(url=server.url, slack=workspace.url), flush=True)
    try:
        await stop.wait()
    finally:
        await server.stop()
        await workspace.stop()


def main() -> None:
    """Reads the command line and serves."""
    parser = argparse.ArgumentParser(prog="localcloud.portal", description=_("The local cloud's pages and Slack."))
    parser.add_argument("--port", type=int, default=7070)
    parser.add_argument("--slack-port", type=int, default=7072)
    parser.add_argument("--functions-url", default="http://127.0.0.1:7071")
    parser.add_argument("--lifeline", action="store_true", help=_("End when standard input ends."))
    given = parser.parse_args()
    set_up_logging("portal")
    if given.lifeline:
        hold()
    asyncio.run(serve(Options(given.port, given.slack_port, given.functions_url.rstrip("/"))))
