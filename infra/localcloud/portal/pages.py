"""The pages: a shell each, filled by its script."""

import os
from functools import cache
from pathlib import Path

from aiohttp import web

from localcloud.messages import _

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def page(name: str) -> str:
    """The HTML of the page `name`."""
    from jinja2 import Environment, FileSystemLoader

    from .words import WORDS

    templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, cache_size=0)
    language = (os.environ.get("CAMP_LANG") or "en").replace("_", "-")
    return templates.get_template(f"{name}.html").render(_=_, name=name, words=WORDS[name](), language=language)


async def chat(_request: web.Request) -> web.Response:
    return _html("chat")


async def functions(_request: web.Request) -> web.Response:
    return _html("functions")


async def lanes(_request: web.Request) -> web.Response:
    return _html("lanes")


async def queues(_request: web.Request) -> web.Response:
    return _html("queues")


async def storage(_request: web.Request) -> web.Response:
    return _html("storage")


async def data(_request: web.Request) -> web.Response:
    return _html("data")


async def heat(_request: web.Request) -> web.Response:
    return _html("heat")


async def healthy(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True})


def _html(name: str) -> web.Response:
    return web.Response(text=page(name), content_type="text/html")


def routes() -> list[web.AbstractRouteDef]:
    return [
        web.get("/", chat),
        web.get("/functions", functions),
        web.get("/timeline", lanes),
        web.get("/queues", queues),
        web.get("/storage", storage),
        web.get("/data", data),
        web.get("/heat", heat),
        web.get("/healthz", healthy),
        web.static("/static", STATIC),
    ]
