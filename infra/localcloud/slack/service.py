"""The Slack workspace as a service of the camp. Under `camp up` it shares the portal's process, to need less memory."""

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localcloud.cloud import CloudService, Opened, PortalOptions, Run, Signed, Started, Table, unknown_keys, wrong
from localcloud.journal import Journal
from localcloud.messages import _

from .parcel import SIGNATURE, STAMP, signature
from .view import BOT_USER, CHANNEL, USER, Slack

if TYPE_CHECKING:
    from .model import SlackApp

RETRY_DELAYS = (0.0, 0.3, 0.6)  # in checks, in seconds; Slack waits up to five minutes
COMMAND = re.compile(r"/[a-z0-9_-]{1,31}")
APP = "camp"
SIGNING_SECRET = "SLACK_SIGNING_SECRET"
OTHER_SECRET = "another secret"
OPS, OPS_CHANNEL = "SLACK_OPS_CHANNEL", "ops"  # where an app calls for help


@dataclass(frozen=True)
class Prepared:
    """The slash commands that the learner's app is asked about."""

    commands: tuple[str, ...] = ()


class SlackService(CloudService):
    name = "slack"
    title = "Slack"
    ports = {"slack": 7072}  # noqa: RUF012
    owns = ("SLACK_BOT_TOKEN", SIGNING_SECRET, "SLACK_OUTGOING_TOKEN", "SLACK_API_URL", OPS)
    signs = {STAMP: "<seconds since 1970>", SIGNATURE: "v0=<64 hex digits>"}  # noqa: RUF012
    secrets = {  # noqa: RUF012
        "slack_bot_token": lambda: f"xoxb-local-{secrets.token_hex(12)}",
        "slack_signing_secret": lambda: secrets.token_hex(16),
        "slack_outgoing_token": lambda: secrets.token_hex(12),
    }

    def prepare(self, table: Table) -> Prepared:
        unknown_keys(table, ["commands"], self.name)
        commands = table.get("commands", [])
        if not isinstance(commands, list) or not all(
            isinstance(one, str) and COMMAND.fullmatch(one) for one in commands
        ):
            wrong(_("commands must be a list of slash commands such as /report"))
        return Prepared(tuple(commands))

    def settings(self, camp: Opened) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": camp.secrets["slack_bot_token"],
            SIGNING_SECRET: camp.secrets["slack_signing_secret"],
            "SLACK_OUTGOING_TOKEN": camp.secrets["slack_outgoing_token"],
            "SLACK_API_URL": camp.url_of("slack") + "/api/",
            OPS: f"#{OPS_CHANNEL}",  # Slack takes a name, too
        }

    def portal(self, camp: Opened) -> PortalOptions:
        return PortalOptions(
            ("--slack-port", str(camp.port_of("slack"))),
            {
                "CAMP_SLACK_BOT_TOKEN": camp.secrets["slack_bot_token"],
                "CAMP_SLACK_SIGNING_SECRET": camp.secrets["slack_signing_secret"],
                "CAMP_SLACK_OUTGOING_TOKEN": camp.secrets["slack_outgoing_token"],
                "CAMP_SLACK_COMMANDS": " ".join(camp.prepared[self.name].commands),
            },
        )

    def signature_of(self, headers: Mapping[str, str], body: bytes, settings: Mapping[str, str]) -> Signed:
        right = signature(settings.get(SIGNING_SECRET, ""), headers[STAMP], body)
        return Signed(headers[SIGNATURE] == right, max(0, int(time.time()) - int(headers[STAMP])))

    def signature(self, body: bytes, settings: Mapping[str, str], how: Signed, now: float) -> dict[str, str]:
        stamp = str(int(now) - how.age)
        secret = settings.get(SIGNING_SECRET, "") if how.valid else OTHER_SECRET
        return {STAMP: stamp, SIGNATURE: signature(secret, stamp, body)}

    def at_home(self) -> dict[str, str]:
        from localcloud.portal.chat.content import Secrets, furnished

        workspace, app = furnished(Journal(), 0, "", Secrets())
        return {
            USER: next(id for id, user in workspace.store.users.items() if not user.is_bot),
            CHANNEL: next(iter(workspace.store.channels)),
            BOT_USER: app.bot_user_id,
        }

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [(_("Slack API"), camp.settings["SLACK_API_URL"])]

    async def start(self, run: Run, prepared: Prepared) -> Started:
        """A workspace of its own with one app, whose secrets nobody can know."""
        from .workspace import SlackWorkspace

        rng = run.rng
        workspace = SlackWorkspace(journal=run.journal, retry_delays=RETRY_DELAYS, rng=rng, keep_alive=True)
        run.stack.push_async_callback(workspace.stop)
        await workspace.start()
        if listener := await run.listen(urlsplit(workspace.url).port or 0):
            await workspace.answer_on(listener)
        app = workspace.install_app(
            APP,
            bot_token=f"xoxb-{rng.getrandbits(96):024x}",
            signing_secret=f"{rng.getrandbits(128):032x}",
            outgoing_token=f"{rng.getrandbits(96):024x}",
        )
        ops = workspace.add_channel(OPS_CHANNEL)
        settings = {
            "SLACK_BOT_TOKEN": app.bot_token,
            SIGNING_SECRET: app.signing_secret,
            "SLACK_OUTGOING_TOKEN": app.outgoing_token,
            "SLACK_API_URL": workspace.api_url,
            OPS: ops.id,
        }
        return Started(
            settings,
            {Slack: lambda notes: Slack(workspace, app, ops, notes)},
            app_at=lambda url: call_at(app, url, prepared.commands),
            quiet=workspace.quiet,
        )


SERVICE = SlackService()


def call_at(app: "SlackApp", url: str, commands: tuple[str, ...]) -> None:
    """From now on Slack calls the app at this address."""
    base = f"{url.rstrip('/')}/api/slack"
    app.events_url = f"{base}/events"
    app.outgoing_url = f"{base}/outgoing"
    app.slash_commands = {command: f"{base}/commands" for command in commands}
