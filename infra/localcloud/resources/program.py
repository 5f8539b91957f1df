"""A local subscription as a program: `python -m localcloud.resources`, which `camp up` runs."""

import argparse
import asyncio
import json
import logging
import os
import random
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.functions.workers.launching import PLAIN, Launcher
from localcloud.journal import Journal
from localcloud.logs import set_up_logging
from localcloud.messages import _

if TYPE_CHECKING:
    from aiohttp import web

    from .local.subscription import Subscription

LEVELS = {"DEBUG": logging.DEBUG, "WARNING": logging.WARNING, "ERROR": logging.ERROR, "CRITICAL": logging.CRITICAL}
TOKEN, INPUTS = "CAMP_RESOURCES_TOKEN", "CAMP_RESOURCES_INPUTS"
OUTSIDE = "outside.json"  # what `camp tofu` needs of the camp that is open
FOLDER = "tofu"  # in .camp/: what `camp tofu` has made while no camp is open is the same


@dataclass(frozen=True)
class Options:
    """`inputs` are what the open camp gives to whoever applies, by the names of app settings."""

    folder: Path
    python: Path
    ports: tuple[int, int, int]  # of the provider, the gate, and the app that Slack calls
    token: str | None = None
    idle: float | None = None


async def run(options: Options, inputs: dict[str, str]) -> None:
    """Serves until SIGTERM or SIGINT; EffectFailed when the subscription cannot be started."""
    from localcloud.serving import Server

    from .local.subscription import Given, Subscription

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    port, gate_port, app_port = options.ports
    subscription = await Subscription.start(
        options.folder, random.SystemRandom(), Journal(), options.python,
        launcher_for=_plain, fast=False, idle=options.idle, sink=_log, given=Given(port, gate_port, options.token),
    )  # fmt: skip
    called = Server(_application(subscription), app_port)
    try:
        await called.start()
        _write_outside(subscription, options.folder, inputs)
        logging.getLogger("resources").info("Subscription %s at %s", subscription.model.subscription, called.url)
        await stop.wait()
    finally:
        await called.stop()
        await subscription.stop()


def _application(subscription: "Subscription") -> "web.Application":
    """The address of the app that was deployed last, whatever its name."""
    from aiohttp import web

    from localcloud.functions.http.front import MOST_BYTES

    async def answer(request: web.Request) -> web.StreamResponse:
        slot = subscription.apps.latest()
        if slot is None:
            return web.Response(
                status=404, text=_("No function app has been deployed to yet: camp deploy, --app NAME.")
            )
        return await subscription.apps.answer(slot, request)

    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_route("*", "/{path:.*}", answer)
    return app


def _write_outside(subscription: "Subscription", folder: Path, inputs: dict[str, str]) -> None:
    from localcloud.azure.state import write_private

    outside = subscription.outside()
    found = {
        "url": subscription.server.url, "token": subscription.server.token,
        "subscription": subscription.model.subscription, "inputs": inputs,
        "environment": dict(outside.environment), "credentials": subscription.credentials(),
    }  # fmt: skip
    write_private(folder / OUTSIDE, json.dumps(found, indent=2))


def _log(message: str, level: str, trace: str | None) -> None:
    logging.getLogger("resources").log(LEVELS.get(level, logging.INFO), message, extra={"trace": trace})


async def _plain(_folder: Path) -> Launcher:
    return PLAIN


def main() -> None:
    """`python -m localcloud.resources`: the service that the supervisor runs."""
    parser = argparse.ArgumentParser(prog="localcloud.resources", description=_("A subscription of the local Azure."))
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help=_("Where it keeps what is made."))
    parser.add_argument("--python", type=Path, required=True, metavar="PATH")
    for name in ("provider", "gate", "app"):
        parser.add_argument(f"--{name}-port", type=int, required=True)
    parser.add_argument("--idle-timeout", type=float, metavar="SECONDS", help=_("Scale to zero after so long."))
    parser.add_argument("--lifeline", action="store_true", help=_("End when standard input ends."))
    given = parser.parse_args()
    from localcloud import loops

    from .errors import EffectFailed

    set_up_logging("resources")
    logging.getLogger("azure.core").setLevel(logging.WARNING)  # it logs every request to storage
    if given.lifeline:
        from localcloud.supervisor.lifeline import hold

        hold()
    ports = (given.provider_port, given.gate_port, given.app_port)
    token = os.environ.pop(TOKEN, None)
    inputs = json.loads(os.environ.pop(INPUTS, "") or "{}")
    try:
        loops.run(run(Options(given.folder, given.python, ports, token, given.idle_timeout), inputs))
    except EffectFailed as error:
        sys.exit(str(error))
