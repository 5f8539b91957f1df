"""Delivering to an app's URL as Slack does: three seconds to answer, three retries that say why.

https://docs.slack.dev/apis/events-api: a 2xx within three seconds is an acknowledgement; else again at once, after a
minute and after five.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from localcloud.journal import Journal
from localcloud.trace import span_id_of

from .ids import Ids
from .model import KEPT_BYTES, Delivery
from .parcel import Parcel
from .post import Post, PostResult

KEPT_DELIVERIES = 2_000
JOURNALLED_CHARACTERS = 500


class Courier:
    """Makes attempts and keeps their records; knows whether something is under way."""

    def __init__(
        self, ids: Ids, journal: Journal, retry_delays: Sequence[float], ack_timeout: float, keep_alive: bool
    ) -> None:
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)
        self.last_activity = time.monotonic()
        self._ids = ids
        self._journal = journal
        self._retry_delays = tuple(retry_delays)
        self._post = Post(ack_timeout, keep_alive)
        self._under_way = 0
        self._due: dict[object, float] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def under_way(self) -> int:
        """How many attempts are under way."""
        return self._under_way

    @property
    def busy(self) -> bool:
        """Whether an attempt is under way."""
        return bool(self._under_way)

    def retries_within(self, seconds: float) -> bool:
        """Whether a retry comes that soon."""
        horizon = time.monotonic() + seconds
        return any(due <= horizon for due in self._due.values())

    def send(self, parcel: Parcel, delay: float = 0.0) -> None:
        """Delivers with retries, beside everything else, `delay` seconds from now."""
        self.also(self._deliver_later(parcel, delay) if delay else self.deliver(parcel))

    async def _deliver_later(self, parcel: Parcel, delay: float) -> None:
        await self._wait(delay)
        await self.deliver(parcel)

    def also(self, work: Coroutine[Any, Any, Any]) -> None:
        """Does something beside everything else; it counts as under way."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        self._under_way += 1
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        self._under_way -= 1
        self.last_activity = time.monotonic()
        if not task.cancelled() and (error := task.exception()):
            raise error

    async def deliver(self, parcel: Parcel, accepted: Callable[[Delivery], bool] = lambda one: one.ok) -> Delivery:
        """Attempts until one is `accepted`, the app asks for no retry, or there are no retries left; the last one.
        Only for work that `also` does."""
        delivery = await self.attempt(parcel)
        for number, delay in enumerate(self._retry_delays, 1):
            if accepted(delivery) or delivery.headers.get("x-slack-no-retry") == "1":
                break
            await self._wait(delay)
            delivery = await self.attempt(parcel, number, delivery.failure or "http_error")
        return delivery

    async def _wait(self, seconds: float) -> None:
        """Waits for an attempt; meanwhile nothing is under way."""
        ticket = object()
        self._due[ticket] = time.monotonic() + seconds
        self._under_way -= 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._under_way += 1
            del self._due[ticket]

    async def attempt(self, parcel: Parcel, number: int = 0, reason: str | None = None) -> Delivery:
        """One attempt; its record, which is kept and put into the journal."""
        self._under_way += 1
        at, started = time.time(), time.perf_counter()
        headers = parcel.all_headers(number, reason)
        try:
            answer = await self._post.send(parcel.url, parcel.body, headers)
        finally:
            self._under_way -= 1
            self.last_activity = time.monotonic()
        delivery = self._record(parcel, number, reason, answer, at, time.perf_counter() - started)
        delivery = replace(delivery, sent=parcel.body, sent_headers=headers)
        self.deliveries.append(replace(delivery, body=delivery.body[:KEPT_BYTES], sent=delivery.sent[:KEPT_BYTES]))
        span = span_id_of(headers.get("traceparent"))
        self._journal.add("delivery.attempted", **facts_of(delivery), span=span)
        return delivery

    def _record(
        self, parcel: Parcel, number: int, reason: str | None, answer: PostResult, at: float, seconds: float
    ) -> Delivery:
        return Delivery(
            id=self._ids.new("Dl"),
            app=parcel.app.id,
            kind=parcel.kind,
            url=parcel.url,
            attempt=number,
            reason=reason,
            status=answer.status,
            seconds=seconds,
            answer=answer.body[:KEPT_BYTES].decode("utf-8", "replace"),
            failure=answer.failure,
            trace=parcel.trace,
            at=at,
            event_id=parcel.event_id,
            event_type=parcel.event_type,
            channel=parcel.channel,
            message_ts=parcel.message_ts,
            headers=answer.headers,
            body=answer.body,
        )

    async def close(self) -> None:
        """Gives up what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._post.close()


def facts_of(delivery: Delivery) -> dict[str, object]:
    """A delivery for the journal; its kind is called `what` there."""
    names = (
        "id", "app", "url", "attempt", "reason", "status", "failure", "trace", "event_id", "event_type", "channel",
        "message_ts",
    )  # fmt: skip
    facts: dict[str, object] = {name: getattr(delivery, name) for name in names}
    return {
        **facts,
        "what": delivery.kind,
        "milliseconds": round(delivery.seconds * 1000, 1),
        "answer": delivery.answer[:JOURNALLED_CHARACTERS],
    }
