"""The JSON bodies of requests: read, with a sentence when something is missing."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from localcloud.messages import _

from .guard import Refused


async def read_body(request: web.BaseRequest) -> Mapping[str, Any]:
    """The JSON object that a request brings."""
    try:
        found = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Refused(400, _("The body is not JSON.")) from None
    if not isinstance(found, dict):
        raise Refused(400, _("The body must be a JSON object."))
    return found


def text_of(body: Mapping[str, Any], name: str, *, default: str | None = None) -> str:
    """A field that must be text."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise Refused(400, _("The field {name} must be text.").format(name=name))
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write
        raise Refused(400, _("The field {name} is no Unicode text.").format(name=name)) from None
    return value


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    """A field that is text, or missing."""
    return None if body.get(name) is None else text_of(body, name)
