"""Lists the decks that lie in a folder as pages, and serves them."""

import re
from asyncio import to_thread
from html import unescape
from pathlib import Path

from aiohttp import web

from localcloud.messages import _

from ..guard import Refused

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
FIRST_CHARACTERS = 20_000  # the title stands in the head of the page
POLICY = (  # a deck is one page that has all its scripts, styles and drawings inside
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
)


class SlidesApi:
    """The decks in `folder`; `deck` is the name of the one that the open lab has, or empty."""

    def __init__(self, folder: Path | None, deck: str) -> None:
        self._folder = folder
        self._deck = deck

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/slides", self._list), web.get("/slides/{name}", self._show)]

    async def close(self) -> None:
        """Nothing is open."""

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"decks": await to_thread(self._made), "deck": self._deck})

    async def _show(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        path = self._folder / f"{name}.html" if self._folder and NAME.fullmatch(name) else None
        if path is None or not path.is_file():
            raise Refused(404, _("There are no slides {name} here. In a terminal: camp slides").format(name=name))
        text = await to_thread(path.read_text, "utf-8")
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    def _made(self) -> list[dict[str, str]]:
        paths = sorted(self._folder.glob("*.html")) if self._folder else []
        decks = [{"name": path.stem, "title": _title_of(path)} for path in paths if NAME.fullmatch(path.stem)]
        return sorted(decks, key=lambda deck: deck["name"] != self._deck)


def _title_of(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        found = TITLE.search(file.read(FIRST_CHARACTERS))
    return unescape(found[1]).strip() if found else path.stem
