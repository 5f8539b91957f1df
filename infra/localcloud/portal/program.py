"""The portal as a program: `python -m localcloud.portal`."""

import argparse
import asyncio
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from localcloud.logs import set_up_logging
from localcloud.messages import _
from localcloud.serving import Server

from .page import Connections, Option
from .registry import all_pages


async def run(port: int, connections: Connections, elsewhere: Mapping[str, str]) -> None:
    """Serves the pages until SIGTERM or SIGINT."""
    from .application import application

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = Server(application(connections, elsewhere), port)
    try:
        await server.start()
        logging.getLogger("portal").info("Pages at %s/", server.url)
        await stop.wait()
    finally:
        await server.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m localcloud.portal`: the service that the supervisor runs."""
    from localcloud.supervisor.lifeline import hold

    parser = _parser()
    given = parser.parse_args(arguments)
    connections = _connections(given)
    for option in _options():
        if option.required and not connections.setting(option.setting) and _needed(option, connections):
            parser.error(_("{flag} is missing.").format(flag=option.flag))
    set_up_logging("portal")
    hold()
    asyncio.run(run(given.port, connections, dict(given.elsewhere)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="localcloud.portal", description=_("The pages of the local cloud."))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--journal-dir", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--service",
        action="append",
        metavar="NAME",
        help=_("a service that runs; repeat it. Without it: all of them"),
    )
    parser.add_argument(
        "--elsewhere",
        action="append",
        type=_pair,
        default=[],
        metavar="SERVICE=LAB",
        help=_("which lab has a service that does not run; repeat it"),
    )
    for option in _options():
        parser.add_argument(option.flag, dest=option.setting, type=option.kind, metavar=option.metavar)
    return parser


def _options() -> dict[Option, None]:
    """The options of all pages; several may share one."""
    return {option: None for page in all_pages() for option in page.options}


def _needed(option: Option, connections: Connections) -> bool:
    return any(option in page.options and connections.has(page.service) for page in all_pages())


def _connections(given: argparse.Namespace) -> Connections:
    """The environment's settings, and over them those of the command line."""
    options = {option.setting: getattr(given, option.setting) for option in _options()}
    told = {name: str(value) for name, value in options.items() if value is not None}
    return Connections({**os.environ, **told}, given.journal_dir, given.service)


def _pair(text: str) -> tuple[str, str]:
    name, equals, lab = text.partition("=")
    if not (name and equals and lab):
        raise ValueError(text)
    return name, lab
