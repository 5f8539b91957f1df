"""The portal's web application."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from . import pages
from .chat import Chat
from .chat_api import ChatApi
from .functions_api import FunctionsApi
from .guard import guard, protect
from .timeline_api import TimelineApi

Close = Callable[[], Awaitable[None]]


def application(chat: Chat, functions: FunctionsApi, timeline: TimelineApi) -> web.Application:
    """Pages and JSON API; closes chat and functions when it is cleaned up."""
    app = web.Application(middlewares=[guard])
    app.on_response_prepare.append(protect)
    app.add_routes([*ChatApi(chat).routes(), *functions.routes(), *timeline.routes(), *pages.routes()])
    for close in (chat.close, functions.close):
        app.on_cleanup.append(_on_cleanup(close))
    return app


def _on_cleanup(close: Close) -> Callable[[web.Application], Awaitable[None]]:
    async def run(_app: web.Application) -> None:
        await close()

    return run
