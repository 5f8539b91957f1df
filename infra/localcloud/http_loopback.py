"""Guarding local pages against DNS rebinding and cross-site requests."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from localcloud.loopback import is_local
from localcloud.messages import _

__all__ = ["is_local", "only_from_loopback"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def only_from_loopback(handler: Handler) -> Handler:
    """Refuses requests under a foreign Host name, or sent by a page of a foreign origin."""

    async def guard(request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if not is_local(request.host) or (origin is not None and not is_local(urlsplit(origin).netloc)):
            return web.Response(status=403, text=_("Only this computer may ask. Open it as http://127.0.0.1 instead."))
        return await handler(request)

    return guard
