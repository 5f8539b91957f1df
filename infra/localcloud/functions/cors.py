"""Cross-origin requests: the origins of `Host.CORS` in local.settings.json."""

from collections.abc import Sequence

from aiohttp import web


def cors_headers(origin: str | None, allowed: Sequence[str]) -> dict[str, str]:
    """The headers that let `origin` read the answer; none when it is not allowed."""
    if origin is None or not ("*" in allowed or origin in allowed):
        return {}
    return {
        "Access-Control-Allow-Origin": "*" if "*" in allowed else origin,
        "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD",
        "Access-Control-Allow-Headers": "*",
        "Vary": "Origin",
    }


def is_preflight(request: web.Request) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
