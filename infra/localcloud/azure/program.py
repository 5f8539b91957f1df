"""The local Azure as a program: `python -m localcloud.azure`, which `camp up` runs."""

import argparse
import asyncio
import json
import logging
import os
import random
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.functions.workers.launching import PLAIN, Launcher
from localcloud.journal import Journal
from localcloud.logs import set_up_logging
from localcloud.messages import _

if TYPE_CHECKING:
    from .azure import Azure

LEVELS = {"DEBUG": logging.DEBUG, "WARNING": logging.WARNING, "ERROR": logging.ERROR, "CRITICAL": logging.CRITICAL}
TOKEN, SETTINGS = "CAMP_AZURE_TOKEN", "CAMP_AZURE_APP_SETTINGS"
BY_CAMP_UP = "camp up"
OUTSIDE = "outside.json"  # what the local GitHub needs of this Azure


@dataclass(frozen=True)
class Options:
    """`app` is what both slots hold at first. With a token, the portal and `camp deploy` may act."""

    folder: Path
    app: Path
    python: Path
    ports: tuple[int, int, int, int]  # of the gate, production, staging, and of the admin
    token: str | None = None
    idle: float | None = None


async def run(options: Options, settings: dict[str, str]) -> None:
    """Serves until SIGTERM or SIGINT."""
    from localcloud.serving import LOOPBACK, Server

    from .admin import application
    from .azure import Azure

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    azure = Azure(
        options.folder, Journal(), random.SystemRandom(), options.python,
        settings=lambda: settings, launcher_for=_plain, fast=False, idle=options.idle, sink=_log,
    )  # fmt: skip
    gate, front, staging, admin_port = options.ports
    admin = Server(application(azure, options.token), admin_port)
    try:
        await azure.start(gate, front, staging)
        await _first_deployments(azure, options.app)
        _write_outside(azure, f"http://{LOOPBACK}:{admin_port}")  # the local GitHub reads it once this one answers
        await admin.start()
        _write_outside(azure, admin.url)
        for slot in azure.site.slots.values():
            logging.getLogger("azure").info("%s at %s", slot.host_name, slot.url)
        await stop.wait()
    finally:
        await admin.stop()
        await azure.stop()


def _log(message: str, level: str, trace: str | None) -> None:
    logging.getLogger("azure").log(LEVELS.get(level, logging.INFO), message, extra={"trace": trace})


async def _plain(_folder: Path) -> Launcher:
    return PLAIN


def _write_outside(azure: "Azure", admin: str) -> None:
    from .state import write_private

    outside = azure.outside()
    found = {
        "environment": dict(outside.environment), "ports": list(outside.ports),
        "files": [str(path) for path in outside.files], "variables": azure.variables(), "secrets": azure.secrets(),
        "oidc_key": azure.oidc_key, "admin": admin,
    }  # fmt: skip
    write_private(azure.folder / OUTSIDE, json.dumps(found, indent=2))


async def _first_deployments(azure: "Azure", app: Path) -> None:
    """Both slots hold the app of the learner's folder until something else is deployed."""
    from .packages import PackageError, pack

    if not (app / "host.json").is_file():
        return
    for slot in azure.site.slots.values():
        if not slot.deployments:
            try:
                package = await asyncio.to_thread(pack, app)
            except (PackageError, OSError) as error:
                logging.getLogger("azure").warning("%s", error)
                return
            await slot.deploy(package, BY_CAMP_UP, deployer="camp")


def main() -> None:
    """`python -m localcloud.azure`: the service that the supervisor runs."""
    parser = argparse.ArgumentParser(prog="localcloud.azure", description=_("The local Azure of the camp."))
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help=_("Where it keeps what is deployed."))
    parser.add_argument("--app", type=Path, required=True, metavar="DIR")
    parser.add_argument("--python", type=Path, required=True, metavar="PATH")
    for name in ("gate", "front", "staging", "admin"):
        parser.add_argument(f"--{name}-port", type=int, required=True)
    parser.add_argument("--idle-timeout", type=float, metavar="SECONDS", help=_("Scale to zero after so long."))
    parser.add_argument("--lifeline", action="store_true", help=_("End when standard input ends."))
    given = parser.parse_args()
    from localcloud import loops

    set_up_logging("azure")
    if given.lifeline:
        from localcloud.supervisor.lifeline import hold

        hold()
    ports = (given.gate_port, given.front_port, given.staging_port, given.admin_port)
    token = os.environ.get(TOKEN) or None
    options = Options(given.folder, given.app, given.python, ports, token, given.idle_timeout)
    loops.run(run(options, json.loads(os.environ.get(SETTINGS) or "{}")))
