"""The portal's web application."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from aiohttp import web

from . import pages
from .chat import Chat
from .chat_api import ChatApi
from .functions_api import FunctionsApi
from .guard import guard, protect

Close = Callable[[], Awaitable[None]]


class Api(Protocol):
    """A part of the JSON API."""

    def routes(self) -> list[web.RouteDef]: ...

    async def close(self) -> None: ...


def application(chat: Chat, functions: FunctionsApi, others: Iterable[Api] = ()) -> web.Application:
    """Pages and JSON API; closes all of it when it is cleaned up."""
    app = web.Application(middlewares=[guard])
    app.on_response_prepare.append(protect)
    app.add_routes([*ChatApi(chat).routes(), *functions.routes(), *pages.routes()])
    for api in others:
        app.add_routes(api.routes())
        app.on_cleanup.append(_on_cleanup(api.close))
    for close in (chat.close, functions.close):
        app.on_cleanup.append(_on_cleanup(close))
    return app


def _on_cleanup(close: Close) -> Callable[[web.Application], Awaitable[None]]:
    async def run(_app: web.Application) -> None:
        await close()

    return run
