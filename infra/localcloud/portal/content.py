"""What stands in the learner's workspace: three people, three channels and one app."""

from dataclasses import dataclass

from localcloud.journal import Journal
from localcloud.slack.model import SlackApp
from localcloud.slack.workspace import SlackWorkspace

PEOPLE = ("aiko", "björn", "mei")
CHANNELS = ("general", "random", "ops")
APP = "camp"
TRIGGER_WORDS = ("hello",)
COMMANDS = ("/report", "/count")


@dataclass(frozen=True)
class Secrets:
    """What the workspace and the learner's app share; one that is None is made."""

    bot_token: str | None = None
    signing_secret: str | None = None
    outgoing_token: str | None = None


def furnished(journal: Journal, port: int, functions_url: str, secrets: Secrets) -> tuple[SlackWorkspace, SlackApp]:
    """A workspace on `port`, not yet started, whose app is called at `functions_url`."""
    workspace = SlackWorkspace(journal=journal, port=port)
    for name in CHANNELS:
        workspace.add_channel(name)
    for name in PEOPLE:
        workspace.add_user(name, name.capitalize())
    app = workspace.install_app(
        APP,
        bot_token=secrets.bot_token,
        signing_secret=secrets.signing_secret,
        outgoing_token=secrets.outgoing_token,
    )
    base = functions_url.rstrip("/") + "/api/slack"
    app.events_url = f"{base}/events"
    app.outgoing_url = f"{base}/outgoing"
    app.outgoing_trigger_words = TRIGGER_WORDS
    app.slash_commands = {command: f"{base}/commands" for command in COMMANDS}
    return workspace, app
