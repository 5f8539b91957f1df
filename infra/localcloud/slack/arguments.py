"""The arguments of a Web API call: from the query, a form or JSON, and Slack's words for malformed ones."""

from typing import Any

from aiohttp import web

from .call import SlackError
from .payload import Malformed, parse

MULTIPART = "multipart/form-data"
FORM = "application/x-www-form-urlencoded"


async def arguments(request: web.Request) -> dict[str, Any]:
    """Texts from a query or form, values from JSON; SlackError when they cannot be read."""
    found: dict[str, Any] = dict(request.query)
    if request.method not in ("GET", "POST"):
        raise SlackError("invalid_post_type")
    if request.content_type == MULTIPART:
        return {**found, **await _form(request)}
    content = await _content(request)
    if not content:
        return found
    if "Content-Type" not in request.headers:
        raise SlackError("missing_post_type")
    if request.content_type == "application/json":
        return {**found, **_json(content)}
    if request.content_type != FORM:
        raise SlackError("invalid_post_type")
    return {**found, **await _form(request)}


async def _content(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.RequestPayloadError:  # not compressed as Content-Encoding says
        raise SlackError(
            "invalid_json" if request.content_type == "application/json" else "invalid_form_data"
        ) from None


async def _form(request: web.Request) -> dict[str, Any]:
    try:
        form = await request.post()
    except LookupError:
        raise SlackError("invalid_charset") from None
    except web.HTTPRequestEntityTooLarge:
        raise
    except Exception as error:  # aiohttp's multipart reader raises whatever its parsers do
        raise SlackError("invalid_form_data") from error
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _json(content: bytes) -> dict[str, Any]:
    try:
        parsed = parse(content)
    except Malformed:
        raise SlackError("invalid_json") from None
    if not isinstance(parsed, dict):
        raise SlackError("json_not_object")
    return parsed
