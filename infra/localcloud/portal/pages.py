"""The portal's pages, their files and their guard."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.http_loopback import is_local
from localcloud.messages import _
from localcloud.slack.model import SlackApp

from .chat import Chat
from .functions_proxy import FunctionsProxy
from .strings import CHAT, FUNCTIONS

if TYPE_CHECKING:
    from localcloud.slack.workspace import SlackWorkspace

HERE = Path(__file__).parent
POLICY = "default-src 'self'; frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
OURS = "X-Camp"


def application(workspace: "SlackWorkspace", app: SlackApp, functions_url: str) -> web.Application:
    """The aiohttp application of the portal."""
    site = web.Application(middlewares=[guard])
    chat, proxy = Chat(workspace, app), FunctionsProxy(functions_url)
    site.router.add_get("/", page("chat.html", CHAT))
    site.router.add_get("/functions", page("functions.html", FUNCTIONS))
    site.router.add_get("/healthz", healthy)
    site.router.add_static("/static", HERE / "static")
    site.add_routes(chat.routes())
    site.add_routes(proxy.routes())
    site.on_cleanup.append(proxy.close)
    return site


@web.middleware
async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
    """Refuses foreign Host names (DNS rebinding), and changes that no page of ours asked for (cross-site requests: a
    form of another site cannot set a header)."""
    if not is_local(request.host):
        return refused(_("Only this computer may ask. Open this page as http://127.0.0.1 instead."))
    if request.method not in ("GET", "HEAD") and request.headers.get(OURS) != "1":
        return refused(_("This request does not come from the camp's own page."))
    answer: web.StreamResponse = await handler(request)
    if not answer.prepared:
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = "no-cache"
    return answer


def refused(why: str) -> web.Response:
    return web.json_response({"error": why}, status=403)


async def healthy(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True})


def page(template: str, strings: dict[str, str]) -> Any:
    """A handler that renders a template with its texts."""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(text=rendered(template, strings), content_type="text/html")

    return handler


def rendered(template: str, strings: dict[str, str]) -> str:
    """The page's HTML, its texts in the reader's language."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    texts = {name: _(text) for name, text in strings.items()}
    return environment.get_template(template).render(t=texts, language=_("en"))
