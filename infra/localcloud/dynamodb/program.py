"""DynamoDB as a program: `python -m localcloud.dynamodb`, which `camp up` runs. Its answers have the capacity units
that AWS would charge, to whoever asks with `ReturnConsumedCapacity`."""

import argparse
import asyncio
import logging
import signal

from localcloud.logs import set_up_logging
from localcloud.messages import _

USUAL_PORT = 8000  # that of DynamoDB Local


async def run(port: int) -> None:
    """Serves until SIGTERM or SIGINT. moto is a child process, which ends with this one."""
    from .private import private_account

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log = logging.getLogger("dynamodb")
    async with private_account(port=port, say=log.info) as meter:
        log.info("DynamoDB at %s", meter.url)
        await stop.wait()


def main() -> None:
    """`python -m localcloud.dynamodb`: the service that the supervisor runs."""
    parser = argparse.ArgumentParser(prog="localcloud.dynamodb", description=_("An account of DynamoDB, in memory."))
    parser.add_argument("--port", type=int, default=USUAL_PORT)
    parser.add_argument("--lifeline", action="store_true", help=_("End when standard input ends."))
    given = parser.parse_args()
    set_up_logging("dynamodb")
    if given.lifeline:
        from localcloud.supervisor.lifeline import hold

        hold()
    asyncio.run(run(given.port))
