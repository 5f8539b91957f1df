"""The shell around every page: its frame, its navigation and its addresses."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.messages import _, language

from .page import Page, Words

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
STATIC = HERE / "static"
FRAME, ABSENT = "shell.html", "absent.html"


class Shell:
    """Shows those of `pages` whose service is there (`has`). Of the others it says that they are not, and which lab has
    them: `elsewhere` names it by the service."""

    def __init__(self, pages: Sequence[Page], has: Callable[[str], bool], elsewhere: Mapping[str, str]) -> None:
        self.pages = [page for page in pages if has(page.service)]
        self._all = {f"/{page.path}": page for page in pages}
        self._has = has
        self._elsewhere = elsewhere
        self._templates = templates(pages)

    def routes(self) -> list[web.AbstractRouteDef]:
        """Pages, their files, and `/healthz`."""
        return [
            *(web.get(path, self._show) for path in self._all),
            web.get("/healthz", healthy),
            *(web.static(f"/static/{page.name}", page.folder / "static") for page in self.pages),
            web.static("/static", STATIC),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        page = self._all[request.path]
        if not page.path and page not in self.pages and self.pages:
            raise web.HTTPFound(f"./{self.pages[0].path}")  # relative: the portal may stand behind a proxy
        if page not in self.pages:
            return html(self._drawn(ABSENT, page, sentence=absence(page, self._elsewhere.get(page.service, ""))), 404)
        return html(self._drawn(f"{page.name}.html", page, words={**common(), **page.words()}))

    def _drawn(self, template: str, page: Page, **values: Any) -> str:
        found = self._templates.get_template(template)
        return found.render(_=_, page=page, pages=self.pages, has=self._has, language=language(), **values)


def html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


def absence(page: Page, lab: str) -> str:
    """Why a page is not here, and where it is."""
    sentence = _("The page {title} shows the service {service}, which the open lab does not use.")
    why = sentence.format(title=page.title(), service=page.service)
    if not lab:
        return why
    return f"{why} " + _("Lab {lab} has it. Stop the camp, and open that lab with: camp up --lab {lab}").format(lab=lab)


def common() -> Words:
    """What the scripts of all pages say."""
    return {
        "live": _("Live"),
        "reconnecting": _("Connecting again …"),
        "unreachable": _("The local cloud does not answer. Is it running? Start it with: camp up"),
    }


def templates(pages: Sequence[Page]) -> "Environment":
    """The frame, and the template of each page by the name of its file."""
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader([HERE, *(page.folder for page in pages)]), autoescape=True)


async def healthy(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True})
