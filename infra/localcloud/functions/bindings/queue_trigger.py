"""The queue trigger: polls a queue, runs the function for each message, deletes, retries or moves it aside.

What it does when is read from the real extension's listener and processor (Microsoft.Azure.WebJobs.Extensions.Storage
5.x), which cannot run here; the tests say for each rule what the real one does.
"""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any

from localcloud.ending import ended
from localcloud.messages import _
from localcloud.trace import trace_id_of

from ..retries import RandomisedBackoff
from .expressions import body_members
from .queue_client import TROUBLE, QueueAccount, StoredMessage
from .queue_faults import LATE, REORDER, TWICE
from .queue_hub import QueueHub
from .queue_lease import HIDDEN_SECONDS, Lease
from .queue_options import SHORTEST_POLL, QueueOptions

SHORTEST_REST = 0.02
SECONDS_TO_DRAIN = 2.0
POISON = "-poison"
LONGEST_NAME = 63
FIRST_SETTLING, LAST_SETTLING = 1.0, 30.0


@dataclass(frozen=True)
class Arrived:
    """One message handed to a function: its text or bytes, metadata as JSON-able values, reason, trace, and the facts
    by which the journal names it."""

    body: bytes
    metadata: dict[str, Any]
    reason: str
    details: str
    traceparent: str | None
    source: dict[str, Any]


@dataclass(frozen=True)
class Hooks:
    """What the listener needs of its host. `invoke` returns True when the function succeeded."""

    invoke: Callable[[Arrived], Awaitable[bool]]
    say: Callable[[str], None]
    record: Callable[..., Any]


class QueueListener:
    """One function's listener on one queue. `time_scale` shortens the waits that are the host's own."""

    def __init__(
        self,
        function: str,
        queue: str,
        account: QueueAccount,
        options: QueueOptions,
        hub: QueueHub,
        hooks: Hooks,
        *,
        poison_queue: str | None = None,
        time_scale: float = 1.0,
        rng: random.Random | None = None,
    ) -> None:
        self.function = function
        self.queue = queue.lower()
        self.poison_queue = poison_queue or poison_queue_of(self.queue)
        self._account = account
        self._options = options
        self._hub = hub
        self._hooks = hooks
        self._scale = time_scale
        self._rng = rng or random.Random()
        self._backoff = RandomisedBackoff(SHORTEST_POLL, options.max_polling_interval, self._rng)
        self._arrival = hub.arrival(account, self.queue)
        self._finished = asyncio.Event()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._delayed = 0
        self._polling: asyncio.Task[None] | None = None
        self._stopping = False
        self._reachable = True
        self._empty_at = 0.0  # when the queue last showed no message

    @property
    def in_flight(self) -> int:
        """Messages that are received and not yet settled."""
        return len(self._deliveries)

    async def start(self) -> None:
        self._polling = asyncio.create_task(self._poll(), name=f"queue {self.queue}")

    async def stop(self) -> None:
        """Stops receiving, waits a little for what is in flight, then gives the rest back to the queue."""
        await self.close()
        await self.finish(SECONDS_TO_DRAIN)

    async def close(self) -> None:
        """Stops receiving; what is in flight goes on."""
        self._stopping = True
        self._arrival.set()
        self._finished.set()
        if self._polling:
            await self._polling

    async def finish(self, seconds: float) -> None:
        """Waits so long for what is in flight, then gives the rest back to the queue."""
        try:
            if self._deliveries:
                await asyncio.wait(self._deliveries, timeout=seconds)
        finally:
            await ended(list(self._deliveries))

    async def _poll(self) -> None:
        while not self._stopping:
            self._arrival.clear()
            if self._hub.faults.paused(self.queue):
                await self._arrival.wait()
                continue
            asked = time.time()
            received = await self._receive()
            for message in received:
                self._hub.saw(message.id, self.queue, message.text, self._account)
                delivery = asyncio.create_task(self._deliver(self._lease(message)))
                self._deliveries.add(delivery)
                delivery.add_done_callback(self._settled)
            if received:
                self._backoff.reset()
                await self._room()
            else:
                self._empty_at = asked if self._reachable else self._empty_at
                await self._rest(self._backoff.next())

    def _lease(self, message: StoredMessage) -> Lease:
        backoff = RandomisedBackoff(FIRST_SETTLING, LAST_SETTLING, self._rng)
        return Lease(self._account, self.queue, message, self._hooks.say, backoff, self._scale)

    def _settled(self, delivery: "asyncio.Task[None]") -> None:
        self._deliveries.discard(delivery)
        self._finished.set()
        if not delivery.cancelled() and (error := delivery.exception()):
            self._hooks.say(f"Message processing error in queue '{self.queue}': {type(error).__name__}: {error}")

    async def _receive(self) -> list[StoredMessage]:
        try:
            received = await self._account.receive(self.queue, self._options.batch_size, HIDDEN_SECONDS)
        except TROUBLE as error:
            if self._reachable:
                self._hooks.say(
                    f"An error occurred while polling queue '{self.queue}': {type(error).__name__}: {error}. "
                    + _("The listener keeps trying; is the storage service ({url}) running?").format(
                        url=self._account.endpoint
                    )
                )
            self._reachable = False
            return []
        self._reachable = True
        return received

    async def _room(self) -> None:
        """Waits until no more than newBatchThreshold messages are in flight; those that a fault delays do not count."""
        while len(self._deliveries) - self._delayed > self._options.new_batch_threshold and not self._stopping:
            self._finished.clear()
            await self._finished.wait()

    async def _rest(self, seconds: float) -> None:
        """Waits for the next poll, or until a message is known to have arrived."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._arrival.wait(), max(seconds * self._scale, SHORTEST_REST))

    async def _deliver(self, lease: Lease) -> None:
        if self._stopping:
            return await self._let_go(lease)
        if lease.message.dequeue_count > self._options.max_dequeue_count:
            return await self._failed(lease)
        lease.keep(lambda: self._hold(lease.message))
        try:
            await self._wait_as_faults_demand(lease.message)
            self._hold(lease.message)
            succeeded = await self._run(lease.message)
        except asyncio.CancelledError:
            await lease.keep_no_longer()
            await self._let_go(lease)
            raise
        await lease.keep_no_longer()
        if succeeded:
            await lease.delete()
            self._hub.held.settle(lease.message.id)
        else:
            await self._failed(lease)

    async def _wait_as_faults_demand(self, message: StoredMessage) -> None:
        """Copies the message, or makes it wait, where such a fault is on."""
        faults = self._hub.faults
        if not self._hub.is_copy(message.id) and faults.use(TWICE, self.queue):
            await self._hub.copy(message.id)
        if by := faults.delay(self.queue):
            with self._delaying(message, LATE, by):
                await asyncio.sleep(by)
        if by := faults.collecting(self.queue):
            with self._delaying(message, REORDER, by):
                await faults.turn(self.queue, by)

    @contextlib.contextmanager
    def _delaying(self, message: StoredMessage, fault: str, seconds: float) -> Iterator[None]:
        self._hold(message)
        self._hub.held.wait(message.id, seconds)
        trace = trace_id_of(self._hub.trace_of(message.id))
        facts = {"queue": self.queue, "message_id": message.id, "trace": trace}
        self._hooks.record("queue.delayed", fault=fault, seconds=seconds, **facts)
        self._delayed += 1
        self._finished.set()
        try:
            yield
        finally:
            self._delayed -= 1

    def _hold(self, message: StoredMessage) -> None:
        self._hub.held.hold(message, self.queue, self._account.endpoint, self.function, HIDDEN_SECONDS)

    async def _failed(self, lease: Lease) -> None:
        """Back to the queue, or aside. A poison queue has no poison queue: its message stays hidden for the rest of
        its ten minutes, so that it does not spin."""
        if self.poison_queue is None:
            self._hub.held.wait(lease.message.id)
        elif lease.message.dequeue_count >= self._options.max_dequeue_count:
            await self._move_aside(lease, self.poison_queue)
        else:
            await self._give_back(lease, self._options.visibility_timeout)

    async def _run(self, message: StoredMessage) -> bool:
        """Whether the function succeeded. Whatever is wrong with the message, or with us, is a failure like any other:
        a message must not be lost for ten minutes."""
        try:
            body = self._options.decode(message.text)
        except ValueError as error:
            self._hooks.say(
                f"Message '{message.id}' in queue '{self.queue}' could not be decoded: {error}. "
                + _('Send it base64-encoded, or set "messageEncoding": "none" under extensions.queues in host.json.')
            )
            return False
        try:
            return await self._hooks.invoke(self._arrived(message, body))
        except Exception as error:
            text = f"Message processing error in queue '{self.queue}': {type(error).__name__}: {error}"
            self._hooks.say(text)
            return False

    def _arrived(self, message: StoredMessage, body: bytes) -> Arrived:
        like, inserted = self._hub.like(message.id), seconds_of(message.inserted)
        # The service tells whole seconds: what it put at 10.9 reads as 10.
        unseen = message.dequeue_count == 1 and self._empty_at >= inserted + 1
        hidden = {"hidden_until": self._empty_at} if unseen else {}
        return Arrived(
            body,
            metadata_of(message, body),
            f"New queue message detected on '{self.queue}'.",
            f"Trigger Details: MessageId: {message.id}, DequeueCount: {message.dequeue_count}, "
            f"InsertionTime: {iso_time(message.inserted)}",
            self._hub.trace_of(message.id),
            {
                **{"queue": self.queue, "message_id": message.id, "dequeue_count": message.dequeue_count},
                **({"like": like, "inserted": inserted, **hidden} if like else {}),
            },
        )

    async def _move_aside(self, lease: Lease, poison_queue: str) -> None:
        """Copies the message's raw text to the poison queue, then deletes it."""
        message = lease.message
        trace = self._hub.trace_of(message.id)
        self._hooks.say(
            f"Message has reached MaxDequeueCount of {self._options.max_dequeue_count}. "
            f"Moving message to queue '{poison_queue}'."
        )
        poison = ""

        async def copy() -> None:
            nonlocal poison
            poison = await self._hub.write(self._account, poison_queue, message.text, trace)

        await lease.surely(copy)
        await lease.delete()
        self._hub.held.settle(message.id)
        self._hooks.record(
            "queue.poisoned",
            function=self.function,
            queue=self.queue,
            poison_queue=poison_queue,
            message_id=message.id,
            dequeue_count=message.dequeue_count,
            poison_message_id=poison,
            trace=trace_id_of(trace),
        )

    async def _let_go(self, lease: Lease) -> None:
        await lease.let_go()
        self._hub.held.settle(lease.message.id)
        self._arrival.set()

    async def _give_back(self, lease: Lease, seconds: float) -> None:
        """Makes the message visible again in `seconds` (whole ones, after scaling), and wakes the listener then."""
        wait = round(seconds * self._scale)
        await lease.give_back(wait)
        if wait:
            self._hub.held.wait(lease.message.id, wait)
            trace = trace_id_of(self._hub.trace_of(lease.message.id))
            self._hooks.record(
                "queue.returned", queue=self.queue, message_id=lease.message.id, seconds=wait, trace=trace
            )
        else:
            self._hub.held.settle(lease.message.id)
        asyncio.get_running_loop().call_later(wait, self._arrival.set)


def poison_queue_of(queue: str) -> str | None:
    """`<queue>-poison`; None for a poison queue, and where that name is too long for a queue."""
    return None if queue.endswith(POISON) or len(queue + POISON) > LONGEST_NAME else queue + POISON


def metadata_of(message: StoredMessage, body: bytes) -> dict[str, Any]:
    """The trigger metadata: the message's own facts, and the members of a JSON object in its body."""
    text = body.decode("utf-8", "replace")
    members = {
        name: value for name, value in body_members(text).items() if value is not None and not isinstance(value, list)
    }
    return {
        **members,
        "QueueTrigger": text,
        "DequeueCount": message.dequeue_count,
        "ExpirationTime": iso_time(message.expires),
        "Id": message.id,
        "InsertionTime": iso_time(message.inserted),
        "NextVisibleTime": iso_time(message.next_visible),
        "PopReceipt": message.pop_receipt,
    }


def seconds_of(http_date: str) -> float:
    """Seconds since the epoch; the service tells whole ones."""
    return parsedate_to_datetime(http_date).timestamp()


def iso_time(http_date: str) -> str:
    """`2026-01-31T09:30:00+00:00` from an HTTP date."""
    return parsedate_to_datetime(http_date).astimezone(timezone.utc).isoformat(timespec="seconds")


def json_datum(value: Any) -> tuple[str, Any]:
    """The Datum type and value of a metadata value."""
    return ("string", value) if isinstance(value, str) else ("json", json.dumps(value))
