"""What every request must be, and what every answer carries: this computer alone, our own pages alone."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from localcloud.http_loopback import is_local
from localcloud.messages import _

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
        "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
OURS = "X-Camp"


class Refused(Exception):
    """The request cannot be served; the sentence goes to the person, `facts` to the page."""

    def __init__(self, status: int, sentence: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.facts = facts or {}


def refusal(status: int, sentence: str, facts: Mapping[str, Any] | None = None) -> web.Response:
    return web.json_response({**(facts or {}), "error": sentence}, status=status)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses foreign Host names (DNS rebinding), and changes that a page of ours did not ask for."""
    if not _local(request.host):
        return refusal(403, _("Only this computer may ask. Open it as http://127.0.0.1 instead."))
    if request.method not in ("GET", "HEAD") and request.headers.get(OURS) != "1":
        return refusal(403, _("Changes need the header {header}.").format(header=f"{OURS}: 1"))
    try:
        return await handler(request)
    except Refused as refused:
        return refusal(refused.status, refused.sentence, refused.facts)
    except web.HTTPRequestEntityTooLarge:
        return refusal(400, _("That is too long."))
    except web.HTTPClientError as error:
        return refusal(
            error.status, _("There is nothing at {path}: {reason}.").format(path=request.path, reason=error.reason)
        )


def _local(authority: str) -> bool:
    try:
        return is_local(authority)
    except ValueError:  # such as `[::1`
        return False


async def protect(_request: web.Request, response: web.StreamResponse) -> None:
    """Puts our headers on an answer that has none of its own; for `on_response_prepare`."""
    for name, text in HEADERS.items():
        response.headers.setdefault(name, text)
    response.headers.setdefault("Cache-Control", "no-cache")
