import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDictProxy
from slack_sdk.web.async_client import AsyncWebClient

from localcloud.loopback import free_port
from localcloud.serving import Server
from localcloud.slack.workspace import Channel, SlackApp, SlackWorkspace, User

RETRY_DELAYS = (0.0, 0.01, 0.02)


@dataclass(frozen=True)
class Heard:
    """One request that an app got."""

    path: str
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = self.json["event"]
        return event

    @property
    def form(self) -> dict[str, str]:
        return {name: texts[0] for name, texts in parse_qs(self.body.decode(), keep_blank_values=True).items()}


Answer = Callable[[Heard], Awaitable[web.StreamResponse]]


class Receiver:
    """An app's server: it remembers what it heard, and answers what `answer` says (200 by default)."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answer: Answer = self.fine
        self.released = asyncio.Event()
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._hear)
        self.server = Server(app)

    @property
    def url(self) -> str:
        return self.server.url

    async def fine(self, _heard: Heard) -> web.StreamResponse:
        return web.Response()

    async def hang(self, _heard: Heard) -> web.StreamResponse:
        """No answer until the test is over."""
        await self.released.wait()
        return web.Response()

    def says(self, *answers: web.Response | str) -> None:
        """These answers one after the other, the last one again and again; `hang` is none at all."""
        left = list(answers)

        async def answer(heard: Heard) -> web.StreamResponse:
            now = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(now, str):
                return await self.hang(heard)
            return web.Response(status=now.status, body=now.body, headers=now.headers)

        self.answer = answer

    async def _hear(self, request: web.Request) -> web.StreamResponse:
        heard = Heard(request.path, request.headers, await request.read())
        self.heard.append(heard)
        return await self.answer(heard)

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [heard.event for heard in self.heard if heard.event["type"] == kind]


MakeSlack = Callable[..., Awaitable[SlackWorkspace]]


@pytest.fixture
async def make_slack() -> AsyncIterator[MakeSlack]:
    made: list[SlackWorkspace] = []

    async def make(**options: Any) -> SlackWorkspace:
        workspace = SlackWorkspace(**{"retry_delays": RETRY_DELAYS, **options})
        made.append(workspace)
        await workspace.start()
        return workspace

    yield make
    for workspace in made:
        await workspace.stop()


@pytest.fixture
async def slack(make_slack: MakeSlack) -> SlackWorkspace:
    return await make_slack()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.server.start()
    yield one
    one.released.set()
    await one.server.stop()


@pytest.fixture
def app(slack: SlackWorkspace, receiver: Receiver) -> SlackApp:
    """An app that listens for events."""
    installed = slack.install_app("camp")
    installed.events_url = f"{receiver.url}/events"
    return installed


@pytest.fixture
def user(slack: SlackWorkspace) -> User:
    return slack.add_user("aiko")


@pytest.fixture
def channel(slack: SlackWorkspace) -> Channel:
    return slack.add_channel("general")


@pytest.fixture
def client(slack: SlackWorkspace, app: SlackApp) -> AsyncWebClient:
    """slack-sdk, unmodified, with nothing but its base URL set."""
    return AsyncWebClient(token=app.bot_token, base_url=slack.api_url)


@pytest.fixture
def unused_port() -> int:
    return free_port()


PostRaw = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def post_raw() -> AsyncIterator[PostRaw]:
    """`await post_raw(url, body, headers)`: status and text."""
    async with aiohttp.ClientSession() as session:

        async def post(
            url: str, body: bytes | str = b"", headers: dict[str, str] | None = None, method: str = "POST"
        ) -> tuple[int, str]:
            async with session.request(method, url, data=body, headers=headers) as answer:
                return answer.status, await answer.text()

        yield post
