"""Serves decks of slides on this computer; a deck whose files were edited is made again at the next look."""

import functools
import html
import http.server
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path

from autograder.deck import Deck, DeckError, make
from localcloud.messages import _, language

LIST = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>
<style>:root {{ color-scheme: light dark; font: 20px/1.6 system-ui, sans-serif; }}
body {{ max-width: 40rem; margin: 3rem auto; }}
a {{ color: light-dark(#17695b, #6cc9b4); }}</style><h1>{title}</h1><ul>{items}</ul></html>"""


class Pages(http.server.BaseHTTPRequestHandler):
    """Answers with the list of decks at `/`, and with a deck at `/<name>.html`."""

    def __init__(self, pages: Mapping[str, Callable[[], bytes]], *args: object) -> None:
        self.pages = pages
        super().__init__(*args)  # type: ignore[arg-type]  # what socketserver gives

    def do_GET(self) -> None:
        page = self.pages.get(self.path.partition("?")[0])
        if page is None:
            self._answer(HTTPStatus.NOT_FOUND, _("There are no such slides.").encode(), "text/plain")
            return
        try:
            self._answer(HTTPStatus.OK, page(), "text/html")
        except DeckError as error:
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, str(error).encode(), "text/plain")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the terminal is the instructor's."""

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def serve(decks: list[Deck], folder: Path, dark: bool, port: int) -> http.server.HTTPServer:
    """A server on 127.0.0.1 that is not running yet; it makes pages in `folder`. One request at a time, so that no
    deck is made twice at once."""
    pages: dict[str, Callable[[], bytes]] = {
        f"/{deck.name}.html": functools.partial(fresh, deck, folder, dark) for deck in decks
    }
    pages["/"] = functools.partial(_list, decks)
    return http.server.HTTPServer(("127.0.0.1", port), functools.partial(Pages, pages))


def fresh(deck: Deck, folder: Path, dark: bool) -> bytes:
    """The deck's page, made now unless it is newer than all that it is made of."""
    made = folder / ("dark" if dark else "light") / f"{deck.name}.html"
    sources = [deck.path, *deck.path.parent.glob("*/*")]
    if not made.is_file() or made.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        make(deck, made.parent, dark=dark)
    return made.read_bytes()


def _list(decks: list[Deck]) -> bytes:
    items = "".join(
        f'<li><a href="/{html.escape(deck.name)}.html">{html.escape(deck.title)}</a> ({deck.minutes:g} min)</li>'
        for deck in decks
    )
    return LIST.format(language=language(), title=html.escape(_("Slides")), items=items).encode()
