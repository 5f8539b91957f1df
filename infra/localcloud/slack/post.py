"""One HTTP POST with a deadline, and Slack's word for what went wrong with it."""

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

MOST_REDIRECTS = 2
MOST_BYTES = 1024 * 1024
SECONDS_TO_KEEP = 1.0


@dataclass(frozen=True)
class PostResult:
    """`status` is None without an answer; `failure` is Slack's word, None when the status is 2xx; header names are in
    lower case; a body is cut after a megabyte."""

    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    failure: str | None = None


class Post:
    """Sends requests that must be answered within `timeout` seconds, each over a connection of its own, or with
    `keep_alive` over one that was used a moment ago: for a server that lives as long as this does."""

    def __init__(self, timeout: float, keep_alive: bool = False) -> None:
        self._keep_alive = keep_alive
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            kept = SECONDS_TO_KEEP if self._keep_alive else None
            connector = aiohttp.TCPConnector(limit=0, force_close=not kept, keepalive_timeout=kept)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> PostResult:
        """The answer to one request; failures are part of it."""
        try:
            return await self._send(url, body, headers)
        except asyncio.TimeoutError:
            return PostResult(failure="http_timeout")
        except aiohttp.TooManyRedirects:
            return PostResult(failure="too_many_redirects")
        except aiohttp.ClientSSLError as error:
            return PostResult(failure="ssl_error", body=str(error).encode())
        except (aiohttp.ClientConnectionError, OSError) as error:
            return PostResult(failure="connection_failed", body=str(error).encode())
        except (aiohttp.ClientError, ValueError) as error:
            return PostResult(failure="unknown_error", body=str(error).encode())

    async def _send(self, url: str, body: bytes, headers: Mapping[str, str]) -> PostResult:
        data = body if len(body) <= MOST_BYTES else io.BytesIO(body)  # aiohttp warns of large bodies in one piece
        request = self._open().post(
            url, data=data, headers=headers, timeout=self._timeout, max_redirects=MOST_REDIRECTS + 1
        )
        async with request as answer:
            content = bytearray()
            while len(content) < MOST_BYTES and (part := await answer.content.read(MOST_BYTES - len(content))):
                content += part
            names = {name.lower(): text for name, text in answer.headers.items()}
            failure = None if 200 <= answer.status < 300 else "http_error"
            return PostResult(answer.status, bytes(content), names, failure)

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None
