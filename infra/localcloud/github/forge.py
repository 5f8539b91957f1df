"""The local GitHub: all repositories below one folder, served on loopback to git and to callers of the REST API."""

import logging
import random
import re
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from localcloud.journal import Journal
from localcloud.messages import _
from localcloud.serving import Server

from .api import rest_routes
from .events import Event, dispatch_event
from .git_http import GitHttp
from .repository import Repository
from .runs_api import RunsApi
from .tokens import LOGIN, Tokens

__all__ = ["Event", "Forge"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
Listener = Callable[[Event], Awaitable[None]]
log = logging.getLogger("github")


class Forge:
    """One local GitHub. Use `start` and `stop`; what is in `folder` is there again at the next start.

    The learner's login is `camp`. Listeners are awaited one after the other at each event, while a push still waits for
    its answer: they should be quick, and may add to `Event.notes` what the pusher is told."""

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        rng: random.Random,
        *,
        clock: Callable[[], float] = time.time,
        token: str | None = None,
    ) -> None:
        self.folder = folder
        self.journal = journal
        self.tokens = Tokens(LOGIN, token, rng)
        self.repositories: dict[str, Repository] = {}
        self.listeners: list[Listener] = []
        self.runs: RunsApi | None = None  # what the REST API shows of workflow runs; RUNS sets it
        self.web_url = ""  # of the portal; whoever opens the address of something here is sent to its page there
        self.ready = True  # what /healthz says
        self.more_routes: list[web.RouteDef] = []  # to be added before `start`
        self._clock = clock
        self._server: Server | None = None
        for path in sorted((folder / LOGIN).glob("*.git")):
            self.create(path.name.removesuffix(".git"))

    @property
    def token(self) -> str:
        """The learner's: whoever has it may write."""
        return self.tokens.owner

    def read_token(self, repository: Repository) -> str:
        """A new GITHUB_TOKEN, which reads this repository alone."""
        return self.tokens.read(repository.full_name)

    @property
    def url(self) -> str:
        return self._server.url if self._server else "http://127.0.0.1"

    @property
    def port(self) -> int:
        return self._server.port if self._server else 0

    def now(self) -> float:
        return self._clock()

    def create(self, name: str) -> Repository:
        """The learner's repository of that name, made unless it is there."""
        full_name = f"{LOGIN}/{name}"
        if not NAME.fullmatch(name) or name.casefold().endswith(".git"):
            raise ValueError(_("{name} is no name of a repository.").format(name=full_name))
        if known := self.find(full_name):
            return known
        self.repositories[full_name] = Repository(full_name, self.folder / LOGIN / f"{name}.git", self)
        return self.repositories[full_name]

    def find(self, full_name: str) -> Repository | None:
        """The repository of that name, in upper or lower case, with or without `.git`."""
        wanted = full_name.casefold().removesuffix(".git")
        return next((one for name, one in self.repositories.items() if name.casefold() == wanted), None)

    async def announce(self, event: Event) -> None:
        """Tells all listeners. One that fails is logged, and the others still hear of the event."""
        for listener in list(self.listeners):
            try:
                await listener(event)
            except Exception:
                log.exception("An event of %s was lost", event.repository.full_name)

    async def dispatch(
        self, repository: Repository, workflow: str, ref: str, inputs: Mapping[str, str], *, actor: str = LOGIN
    ) -> Event:
        """Announces that a person starts this workflow file on a branch or a tag (`refs/...`)."""
        event = await dispatch_event(repository, workflow, ref, inputs, actor)
        await self.announce(event)
        return event

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=2_000_000)
        app.add_routes(GitHttp(self).routes())
        app.add_routes(rest_routes(self))
        app.add_routes(self.more_routes)
        app.router.add_get("/healthz", self._healthy)
        app.router.add_get("/{owner}/{name}{rest:(?:/.*)?}", self._page)
        self._server = Server(app, port)
        await self._server.start()

    async def answer_on(self, listener: socket.socket) -> None:
        """Serves on another listening socket as well, be it one of another network namespace."""
        assert self._server is not None
        await self._server.answer_on(listener)

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()

    async def _healthy(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": self.ready}, status=200 if self.ready else 503)

    async def _page(self, request: web.Request) -> web.Response:
        """Whoever opens the address of a repository in a browser sees it in the portal."""
        page = page_of(request.match_info["rest"])
        found = self.find(f"{request.match_info['owner']}/{request.match_info['name']}")
        if not self.web_url or page is None or found is None:
            return web.Response(status=404, text=_("There is nothing here. 'camp github' prints the addresses.") + "\n")
        raise web.HTTPFound(f"{self.web_url}/{page}")


PAGES: tuple[tuple[str, str], ...] = (
    (r"/actions/runs/(?P<run>\d+).*", "runs"),
    (r"/actions.*", "runs"),
    (r"/deployments.*", "deployments"),
    (r"/commit/(?P<sha>[0-9a-f]{4,40})", "repository?tab=commits"),
    (r"/commits?/?(?P<branch>.*)", "repository?tab=commits"),
    (r"/pull/(?P<pull>\d+).*", "repository?tab=pulls"),
    (r"/pulls", "repository?tab=pulls"),
    (r"/(?:blob|tree)/(?P<branch>[^/]+)/?(?P<path>.*)", "repository"),
    (r"/?", "repository"),
)


def page_of(rest: str) -> str | None:
    """The portal's page for an address below a repository, as GitHub writes them; None when there is none."""
    for pattern, page in PAGES:
        if found := re.fullmatch(pattern, rest):
            query = urlencode({name: value for name, value in found.groupdict().items() if value})
            return page + ("&" if "?" in page else "?") + query if query else page
    return None
