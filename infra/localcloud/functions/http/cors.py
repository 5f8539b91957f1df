"""Cross-origin requests: the origins of `Host.CORS` in local.settings.json, answered as ASP.NET Core does."""

from collections.abc import Sequence

from aiohttp import web


def cors_headers(request: web.Request, allowed: Sequence[str], credentials: bool = False) -> dict[str, str]:
    """The headers that let the request's origin read the answer; none when it is not allowed."""
    origin = request.headers.get("Origin")
    if origin is None or not ("*" in allowed or origin in allowed):
        return {}
    found = {"Access-Control-Allow-Origin": "*" if "*" in allowed else origin}
    if "*" not in allowed:
        found["Vary"] = "Origin"
    if credentials:
        found["Access-Control-Allow-Credentials"] = "true"
    if is_preflight(request):
        found["Access-Control-Allow-Methods"] = request.headers["Access-Control-Request-Method"]
        if asked := request.headers.get("Access-Control-Request-Headers"):
            found["Access-Control-Allow-Headers"] = asked
    return found


def is_preflight(request: web.Request) -> bool:
    """Whether a browser asks what another origin may do."""
    asked = "Origin" in request.headers and "Access-Control-Request-Method" in request.headers
    return request.method == "OPTIONS" and asked
