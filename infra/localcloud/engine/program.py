"""The report engine as a program: `python -m localcloud.engine`, which `camp up` runs."""

import argparse
import asyncio
import logging
import os
import signal

from localcloud.logs import set_up_logging
from localcloud.messages import _

USUAL_PORT = 7073
USUAL_DELAY = 5.0
TOKEN = "CAMP_ENGINE_TOKEN"


async def run(port: int, delay: float, token: str | None) -> None:
    """Serves until SIGTERM or SIGINT; with `token` faults can be injected from outside."""
    from .engine import Engine

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = Engine(port=port, delay=delay, admin_token=token)
    await engine.start()
    try:
        logging.getLogger("engine").info("Reports at %s/reports", engine.url)
        await stop.wait()
    finally:
        await engine.stop()


def main() -> None:
    """`python -m localcloud.engine`: the service that the supervisor runs."""
    parser = argparse.ArgumentParser(prog="localcloud.engine", description=_("The report engine of the camp."))
    parser.add_argument("--port", type=int, default=USUAL_PORT)
    parser.add_argument("--delay", type=float, default=USUAL_DELAY, help=_("How many seconds a report takes."))
    parser.add_argument("--lifeline", action="store_true", help=_("End when standard input ends."))
    given = parser.parse_args()
    set_up_logging("engine")
    if given.lifeline:
        from localcloud.supervisor.lifeline import hold

        hold()
    asyncio.run(run(given.port, given.delay, os.environ.get(TOKEN) or None))
