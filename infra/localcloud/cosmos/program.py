"""The emulator as a program: `python -m localcloud.cosmos`, and what `camp cosmos start` runs."""

import argparse
import asyncio
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from localcloud import loops
from localcloud.logs import set_up_logging
from localcloud.messages import _

USUAL_PORT = 8081


@dataclass(frozen=True)
class Options:
    """How to run it: data in folder `data` or, for None, in memory; `containers` are `database/container=/key@RU/s`;
    `tell` prints what a client needs."""

    port: int = USUAL_PORT
    data: Path | None = None
    relaxed: bool = False
    https: bool = False
    management: bool = True
    containers: tuple[str, ...] = ()
    tell: bool = False


async def run(options: Options) -> None:
    """Serves until SIGTERM or SIGINT; StoreError when the data cannot be used."""
    from .emulator import Emulator

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    wanted = [named(one) for one in options.containers]
    tls = None
    if options.https:
        from .certificate import context

        tls = context(options.data)
    emulator = Emulator(
        options.data, relaxed=options.relaxed, management=options.management, port=options.port, tls=tls
    )
    await emulator.start()
    try:
        for database, container, paths, throughput in wanted:
            headers = {"x-ms-offer-throughput": str(throughput)} if throughput else {}
            path = paths[0] if len(paths) == 1 else paths
            await emulator.create_container(database, container, path, headers=headers)
        if options.port and not emulator.url.endswith(f":{options.port}"):
            print(_("Port {port} is taken.").format(port=options.port), flush=True)
        print(_("The Cosmos DB emulator listens on {url}").format(url=emulator.url), flush=True)
        if options.tell:
            print(_("Key: {key}").format(key=emulator.key), flush=True)
            print(_("Connection string: {text}").format(text=emulator.connection_string), flush=True)
        await stop.wait()
    finally:
        await emulator.stop()


def named(text: str) -> tuple[str, str, list[str], int | None]:
    """`camp/messages=/channel@4000` → database, container, key paths (several with commas), RU/s (None: the service's
    own choice); ValueError else."""
    place, equals, rest = text.partition("=")
    database, slash, container = place.partition("/")
    key, at, throughput = rest.partition("@")
    fits = equals and slash and database and container and key.startswith("/")
    if not fits or (at and not throughput.isdigit()):
        raise ValueError(_("{text} is no container: write database/container=/key or .../key@400.").format(text=text))
    return database, container, key.split(","), int(throughput) if at else None


def start(options: Options) -> None:
    """Runs the emulator in this process until it is stopped; SystemExit with a sentence when it cannot."""
    from .errors import CosmosError
    from .store import StoreError

    try:
        loops.run(run(options))
    except (StoreError, ValueError) as error:
        sys.exit(str(error))
    except CosmosError as error:
        sys.exit(error.message)


def main() -> None:
    """`python -m localcloud.cosmos`: the service that the supervisor runs."""
    parser = argparse.ArgumentParser(prog="localcloud.cosmos", description=_("The Cosmos DB emulator of the camp."))
    parser.add_argument("--port", type=int, default=USUAL_PORT)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", type=Path, metavar="DIR")
    where.add_argument("--memory", action="store_true")
    parser.add_argument(
        "--relaxed", action="store_true", help=_("Evaluate on the server what Azure leaves to clients.")
    )
    parser.add_argument("--https", action="store_true", help=_("TLS, with a certificate of its own."))
    parser.add_argument("--lifeline", action="store_true", help=_("End when standard input ends."))
    parser.add_argument("--container", action="append", default=[], metavar="DATABASE/CONTAINER=/KEY")
    given = parser.parse_args()
    set_up_logging("cosmos")
    if given.lifeline:
        from localcloud.supervisor.lifeline import hold

        hold()
    start(Options(given.port, given.data, given.relaxed, given.https, True, tuple(given.container)))
