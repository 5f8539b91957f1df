"""Delivering to an app's URL as Slack does: signed, three seconds to answer, three retries that say why.

https://docs.slack.dev/apis/events-api: a 2xx within three seconds is an acknowledgement; else again at once, after a
minute and after five.
"""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from localcloud.journal import Journal
from localcloud.trace import new_traceparent, trace_id_of

from .ids import Ids
from .model import Delivery, SlackApp
from .signature import signature

USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
MOST_REDIRECTS = 2
KEPT_ANSWER = 100_000
KEPT_DELIVERIES = 2_000
SOON = 1.0


@dataclass(frozen=True)
class Parcel:
    """What is delivered: a body to a URL, and what it is about."""

    app: SlackApp
    kind: str
    url: str
    body: bytes
    content_type: str
    traceparent: str
    signed: bool = True
    event_id: str | None = None
    event_type: str | None = None
    channel: str | None = None
    message_ts: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timestamp: int | None = None
    secret: str | None = None


class Courier:
    """Makes attempts and keeps their records; knows whether something is under way."""

    def __init__(self, ids: Ids, journal: Journal, retry_delays: Sequence[float], ack_timeout: float) -> None:
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)
        self.last_activity = time.monotonic()
        self._ids = ids
        self._journal = journal
        self._retry_delays = tuple(retry_delays)
        self._ack_timeout = ack_timeout
        self._session: aiohttp.ClientSession | None = None
        self._under_way = 0
        self._due: dict[int, float] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def busy(self) -> bool:
        """Whether an attempt is under way, or a retry comes soon."""
        soon = time.monotonic() + SOON
        return bool(self._under_way) or any(due < soon for due in self._due.values())

    def send(self, parcel: Parcel) -> None:
        """Delivers with retries, beside everything else."""
        self.also(self._deliver(parcel))

    def also(self, work: Coroutine[Any, Any, Any]) -> None:
        """Does something beside everything else; it counts as under way."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        self._under_way += 1
        task.add_done_callback(self._sent)

    def _sent(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        self._under_way -= 1
        self.last_activity = time.monotonic()
        if not task.cancelled() and (error := task.exception()):
            raise error

    async def _deliver(self, parcel: Parcel) -> None:
        reason: str | None = None
        for number in range(len(self._retry_delays) + 1):
            if number:
                await self._wait(self._retry_delays[number - 1])
            delivery = await self.attempt(parcel, number, reason)
            if delivery.ok or "x-slack-no-retry" in delivery.headers:
                return
            reason = delivery.failure

    async def _wait(self, seconds: float) -> None:
        """Waits for a retry; meanwhile nothing is under way."""
        ticket = id(asyncio.current_task())
        self._due[ticket] = time.monotonic() + seconds
        self._under_way -= 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._under_way += 1
            del self._due[ticket]

    async def attempt(self, parcel: Parcel, number: int = 0, reason: str | None = None) -> Delivery:
        """One attempt; its record, which is kept and put into the journal."""
        self.last_activity = time.monotonic()
        at, started = time.time(), time.perf_counter()
        status, answer, headers, failure = await self._post(parcel, self._headers(parcel, number, reason))
        delivery = Delivery(
            id=self._ids.new("Dl"),
            app=parcel.app.id,
            kind=parcel.kind,
            url=parcel.url,
            attempt=number,
            reason=reason,
            status=status,
            seconds=time.perf_counter() - started,
            answer=answer.decode("utf-8", "replace"),
            failure=failure,
            trace=trace_id_of(parcel.traceparent),
            at=at,
            event_id=parcel.event_id,
            event_type=parcel.event_type,
            channel=parcel.channel,
            message_ts=parcel.message_ts,
            headers=headers,
            body=answer,
        )
        self.deliveries.append(delivery)
        self._journal.add("delivery.attempted", **facts_of(delivery))
        self.last_activity = time.monotonic()
        return delivery

    def _headers(self, parcel: Parcel, number: int, reason: str | None) -> dict[str, str]:
        stamp = str(int(time.time()) if parcel.timestamp is None else parcel.timestamp)
        headers = {"User-Agent": USER_AGENT, "Content-Type": parcel.content_type, "Accept": "*/*"}
        headers["traceparent"] = new_traceparent(trace_id_of(parcel.traceparent))
        if parcel.signed:
            headers["X-Slack-Request-Timestamp"] = stamp
            headers["X-Slack-Signature"] = signature(parcel.secret or parcel.app.signing_secret, stamp, parcel.body)
        if number:
            headers["X-Slack-Retry-Num"] = str(number)
            headers["X-Slack-Retry-Reason"] = reason or "unknown_error"
        return {**headers, **parcel.headers}

    async def _post(
        self, parcel: Parcel, headers: dict[str, str]
    ) -> tuple[int | None, bytes, dict[str, str], str | None]:
        """Status, the answer's first part, its headers (lower-case) and why it counts as a failure."""
        try:
            async with self._open().post(
                parcel.url,
                data=parcel.body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self._ack_timeout),
                max_redirects=MOST_REDIRECTS + 1,
            ) as answer:
                content = await answer.content.read(KEPT_ANSWER) if answer.content else b""
                kept = {name.lower(): text for name, text in answer.headers.items()}
                return answer.status, content, kept, None if 200 <= answer.status < 300 else "http_error"
        except asyncio.TimeoutError:
            return None, b"", {}, "http_timeout"
        except aiohttp.TooManyRedirects:
            return None, b"", {}, "too_many_redirects"
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError) as error:
            return None, str(error).encode(), {}, "ssl_error"
        except (aiohttp.ClientConnectionError, OSError) as error:
            return None, str(error).encode(), {}, "connection_failed"
        except (aiohttp.ClientError, ValueError) as error:
            return None, str(error).encode(), {}, "unknown_error"

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Gives up what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None


def facts_of(delivery: Delivery) -> dict[str, object]:
    """A delivery for the journal."""
    names = (
        "id", "app", "url", "attempt", "reason", "status", "failure", "trace", "event_id", "event_type", "channel",
        "message_ts",
    )  # fmt: skip
    facts: dict[str, object] = {name: getattr(delivery, name) for name in names}
    return {
        **facts,
        "what": delivery.kind,
        "milliseconds": round(delivery.seconds * 1000, 1),
        "answer": delivery.answer[:500],
    }
