"""What stands in the learner's workspace: three people, three channels and one app."""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from localcloud.journal import Journal
from localcloud.slack.model import SlackApp
from localcloud.slack.workspace import SlackWorkspace

PEOPLE = ("aiko", "björn", "mei")
CHANNELS = ("general", "random", "ops")
APP = "camp"
TRIGGER_WORDS = ("hello",)


@dataclass(frozen=True)
class Secrets:
    """What the workspace and the learner's app share; one that is not given is made."""

    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(12)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    outgoing_token: str = field(default_factory=lambda: secrets.token_hex(12))


def furnished(
    journal: Journal, port: int, functions_url: str, known: Secrets, commands: Sequence[str] = ()
) -> tuple[SlackWorkspace, SlackApp]:
    """A workspace on `port`, not yet started, whose app is called at `functions_url`.

    People, channels and app have the same ids at every start, so that what an app remembers of them stays true.
    """
    rng = random.Random(APP)
    workspace = SlackWorkspace(journal=journal, port=port, rng=rng)
    for name in CHANNELS:
        workspace.add_channel(name)
    for name in PEOPLE:
        workspace.add_user(name, name.capitalize())
    app = workspace.install_app(
        APP,
        bot_token=known.bot_token,
        signing_secret=known.signing_secret,
        outgoing_token=known.outgoing_token,
    )
    rng.seed()
    base = functions_url.rstrip("/") + "/api/slack"
    app.events_url = f"{base}/events"
    app.outgoing_url = f"{base}/outgoing"
    app.outgoing_trigger_words = TRIGGER_WORDS
    app.slash_commands = {command: f"{base}/commands" for command in commands}
    return workspace, app
