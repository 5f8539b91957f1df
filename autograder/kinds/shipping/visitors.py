"""People who talk to the bot while it is deployed: requests as Slack's outgoing webhook sends them."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENCE = 3.0  # seconds that Slack waits
A_SECOND = 10  # requests of the rush
LONGEST = 400  # characters of an answer that are kept


@dataclass(frozen=True)
class BotAnswer:
    """What came back for one request; times are those of `time.time`."""

    asked_at: float
    seconds: float
    status: int | None  # None: no answer
    word: str | None  # before the comma, when the bot has greeted this user
    text: str = ""


@dataclass(frozen=True)
class Seen:
    """What one slot answers at one moment."""

    greeting: BotAnswer
    version: str | None  # of /api/version; None when it names none

    @property
    def word(self) -> str | None:
        return self.greeting.word


class Bot:
    """The bot behind one address."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._http = http
        self._token = token

    async def look(self) -> Seen:
        """Asks for the greeting and for the version."""
        greeting, version = await asyncio.gather(self.greet("grace", 10.0), self.version())
        return Seen(greeting, version)

    async def greet(self, user: str, patience: float = PATIENCE) -> BotAnswer:
        asked_at, began = time.time(), time.perf_counter()
        body = urlencode({"token": self._token, "user_name": user, "text": "hi", "channel_name": "random"}).encode()
        try:
            status, text = await self._asked("POST", "/api/slack/outgoing", patience, body)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            return BotAnswer(asked_at, time.perf_counter() - began, None, None, type(error).__name__)
        return BotAnswer(asked_at, time.perf_counter() - began, status, _word(status, text, user), text[:LONGEST])

    async def version(self) -> str | None:
        """The commit that /api/version names; None when it does not answer so."""
        with suppress(aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, RecursionError):
            status, text = await self._asked("GET", "/api/version", 10.0)
            said = json.loads(text)
            if status == 200 and isinstance(said, dict) and isinstance(said.get("commit"), str):
                return str(said["commit"])[:LONGEST]
        return None

    async def _asked(self, method: str, path: str, patience: float, body: bytes | None = None) -> tuple[int, str]:
        timeout = aiohttp.ClientTimeout(total=patience)
        async with self._http.request(
            method, self.url + path, data=body, headers=FORM if body else None, timeout=timeout, allow_redirects=False
        ) as answer:
            return answer.status, (await answer.content.read(1 << 16)).decode("utf-8", "replace")


class Rush:
    """Requests at an even pace, from `begin` on until `end`."""

    def __init__(self, bot: Bot) -> None:
        self.answers: list[BotAnswer] = []
        self._bot = bot
        self._asking: set[asyncio.Task[None]] = set()
        self._pace: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._pace = asyncio.create_task(self._keep_pace())

    async def end(self) -> None:
        """Stops asking, and waits for the last answers."""
        if self._pace:
            self._pace.cancel()
        if self._asking:
            await asyncio.wait(self._asking)
        self.answers.sort(key=lambda one: one.asked_at)

    async def _keep_pace(self) -> None:
        number, began = 0, time.monotonic()
        while True:
            number += 1
            task = asyncio.create_task(self._ask(f"ada{number}"))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))

    async def _ask(self, user: str) -> None:
        self.answers.append(await self._bot.greet(user))


def _word(status: int, text: str, user: str) -> str | None:
    """The word that the bot greeted the user with; None when it did not."""
    try:
        said = json.loads(text) if status == 200 else None
    except (ValueError, RecursionError):
        return None
    greeting = said.get("text") if isinstance(said, dict) else None
    word, comma, name = greeting.partition(", ") if isinstance(greeting, str) else ("", "", "")
    return word if comma and name == user else None
