"""A person's handler as a program: `python -m localcloud.aws`, which `camp up` runs beside the local AWS."""

import argparse
import asyncio
import logging
import os
import signal
from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from localcloud.ending import ended
from localcloud.event_stream import events, since, stream
from localcloud.http_loopback import only_from_loopback
from localcloud.logs import set_up_logging
from localcloud.messages import _
from localcloud.serving import Server

from . import faults
from .account import ENDPOINT
from .function import Handler
from .hosted import Hosted, Source, app_settings
from .terminal import lines

USUAL_PORT = 9001


async def run(source: Source, port: int, python: Path) -> None:
    """Serves until SIGTERM or SIGINT: `/` tells which queues are mapped, `/events` what happens, and `/faults` lets
    something go wrong."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    hosted = Hosted(source, os.environ[ENDPOINT], python, app_settings(os.environ))
    server = Server(application(hosted), port)
    await server.start()
    working = [asyncio.create_task(hosted.run()), asyncio.create_task(_tell(hosted))]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([*working, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await ended([*working, stopping])
        for task in working:
            if task.done() and not task.cancelled():
                task.result()
        await server.stop()


def application(hosted: Hosted) -> web.Application:
    async def told(_request: web.Request) -> web.Response:
        return web.json_response({"queues": hosted.urls})

    async def happening(request: web.Request) -> web.StreamResponse:
        return await stream(request, (events(batch) async for batch in hosted.journal.batches(since(request))))

    async def listed(_request: web.Request) -> web.Response:
        known = [asdict(kind) for kind in faults.kinds()]
        return web.json_response({"kinds": known, "active": hosted.faults.to_json()})

    async def begun(request: web.Request) -> web.Response:
        try:
            given = await request.json()
            if not isinstance(given, dict):
                raise ValueError(_("Send a JSON object."))
            await faults.inject(hosted, request.match_info["name"], given)
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return await listed(request)

    async def over(request: web.Request) -> web.Response:
        if not hosted.faults.end(request.match_info["name"]):
            return web.json_response({"error": _("That fault is over already.")}, status=409)
        return await listed(request)

    app = web.Application()
    app.router.add_get("/", only_from_loopback(told))
    app.router.add_get("/events", only_from_loopback(happening))
    app.router.add_get("/faults", only_from_loopback(listed))
    app.router.add_post("/faults/{name}", only_from_loopback(begun))
    app.router.add_delete("/faults/{name}", only_from_loopback(over))
    return app


async def _tell(hosted: Hosted) -> None:
    """Everything goes into this program's log as well."""
    async for entry in hosted.journal.follow():
        for line in lines(entry):
            logging.getLogger("lambda").info("%s", line)


def main() -> None:
    """`python -m localcloud.aws`: the service that the supervisor runs."""
    parser = argparse.ArgumentParser(prog="localcloud.aws", description=_("A handler that a queue triggers."))
    parser.add_argument("--app", type=Path, required=True, help=_("The folder of the handler's file."))
    parser.add_argument("--handler", required=True, help=_("The handler, as FILE:NAME."))
    parser.add_argument("--queues", required=True, help=_("The function that makes the queues."))
    parser.add_argument("--python", type=Path, required=True, help=_("The interpreter of the handler's process."))
    parser.add_argument("--port", type=int, default=USUAL_PORT)
    parser.add_argument("--lifeline", action="store_true", help=_("End when standard input ends."))
    given = parser.parse_args()
    set_up_logging("lambda")
    if given.lifeline:
        from localcloud.supervisor.lifeline import hold

        hold()
    file, _colon, name = given.handler.partition(":")
    source = Source(Handler(given.app.absolute(), Path(file).stem, name), given.queues)
    asyncio.run(run(source, given.port, given.python))
