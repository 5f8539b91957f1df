"""The portal's web application: the pages' routes in one shell."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from .guard import guard, protect
from .page import Connections, Page
from .registry import all_pages
from .shell import Shell

Act = Callable[[], Awaitable[None]]


def application(
    connections: Connections, elsewhere: Mapping[str, str] | None = None, pages: Sequence[Page] | None = None
) -> web.Application:
    """Pages (all of the registry, if none are given) and JSON API of the services that `connections` has; closes all
    of it when it is cleaned up. `elsewhere` names the labs that have the other services."""
    app = web.Application(middlewares=[guard])
    app.on_response_prepare.append(protect)
    shell = Shell(all_pages() if pages is None else pages, connections.has, elsewhere or {})
    for page in shell.pages:
        for api in page.apis(connections):
            app.add_routes(api.routes())
            app.on_cleanup.append(_without_app(api.close))
    app.add_routes(shell.routes())
    app.on_startup.append(_without_app(connections.open))
    app.on_cleanup.append(_without_app(connections.close))
    return app


def _without_app(act: Act) -> Callable[[web.Application], Awaitable[None]]:
    async def run(_app: web.Application) -> None:
        await act()

    return run
