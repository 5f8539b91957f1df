"""The queue trigger: polls a queue, runs the function for each message, deletes, retries or moves it aside."""

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from localcloud.messages import _
from localcloud.trace import trace_id_of

from ..expressions import body_members
from ..retries import RandomisedBackoff
from .queue_client import QueueAccount, QueueServiceError, StoredMessage
from .queue_hub import QueueHub
from .queue_options import SHORTEST_POLL, QueueOptions

HIDDEN_SECONDS = 600
SHORTEST_REST = 0.02
SECONDS_TO_DRAIN = 2.0
POISON = "-poison"
TROUBLE = (QueueServiceError, aiohttp.ClientError, OSError, asyncio.TimeoutError)


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


@dataclass
class _Lease:
    """A received message, hidden from others while `pop_receipt` is renewed."""

    message: StoredMessage
    pop_receipt: str = field(init=False)

    def __post_init__(self) -> None:
        self.pop_receipt = self.message.pop_receipt


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
        self.poison_queue = poison_queue or (None if self.queue.endswith(POISON) else self.queue + POISON)
        self._account = account
        self._options = options
        self._hub = hub
        self._hooks = hooks
        self._scale = time_scale
        self._backoff = RandomisedBackoff(SHORTEST_POLL, options.max_polling_interval, rng or random.Random())
        self._arrival = hub.arrival(account, self.queue)
        self._finished = asyncio.Event()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._polling: asyncio.Task[None] | None = None
        self._stopping = False
        self._reachable = True

    @property
    def in_flight(self) -> int:
        """Messages that are received and not yet settled."""
        return len(self._deliveries)

    async def start(self) -> None:
        self._polling = asyncio.create_task(self._poll(), name=f"queue {self.queue}")

    async def stop(self) -> None:
        """Stops receiving, waits a little for what is in flight, then gives the rest back to the queue."""
        self._stopping = True
        self._arrival.set()
        self._finished.set()
        if self._polling:
            await self._polling
        if self._deliveries:
            await asyncio.wait(self._deliveries, timeout=SECONDS_TO_DRAIN)
        for delivery in self._deliveries:
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)

    async def _poll(self) -> None:
        while not self._stopping:
            self._arrival.clear()
            received = await self._receive()
            for message in received:
                delivery = asyncio.create_task(self._deliver(_Lease(message)))
                self._deliveries.add(delivery)
                delivery.add_done_callback(self._settled)
            if received:
                self._backoff.reset()
                await self._room()
            else:
                await self._rest(self._backoff.next())

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
        """Waits until no more than newBatchThreshold messages are in flight."""
        while len(self._deliveries) > self._options.new_batch_threshold and not self._stopping:
            self._finished.clear()
            await self._finished.wait()

    async def _rest(self, seconds: float) -> None:
        """Waits for the next poll, or until a message is known to have arrived."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._arrival.wait(), max(seconds * self._scale, SHORTEST_REST))

    async def _deliver(self, lease: _Lease) -> None:
        if self._stopping:
            return await self._give_back(lease, 0)
        renewal = asyncio.create_task(self._renew(lease))
        self._hold(lease)
        try:
            succeeded = await self._run(lease.message)
        except asyncio.CancelledError:
            await self._give_back(lease, 0)
            raise
        finally:
            renewal.cancel()
        if succeeded:
            await self._account.delete(self.queue, lease.message, lease.pop_receipt)
            self._hub.held.settle(lease.message.id)
        elif self.poison_queue:
            await self._failed(lease)
        else:
            self._hub.held.wait(lease.message.id)
        # A poison queue has no poison queue: its message stays hidden for its ten minutes, so that it does not spin.

    def _hold(self, lease: _Lease) -> None:
        self._hub.held.hold(lease.message, self.queue, self._account.endpoint, self.function, HIDDEN_SECONDS)

    async def _failed(self, lease: _Lease) -> None:
        if lease.message.dequeue_count >= self._options.max_dequeue_count:
            await self._move_aside(lease)
        else:
            await self._give_back(lease, self._options.visibility_timeout)

    async def _renew(self, lease: _Lease) -> None:
        """Keeps the message hidden while the function runs: renewed at half time."""
        while True:
            await asyncio.sleep(HIDDEN_SECONDS / 2)
            try:
                lease.pop_receipt = await self._account.hide(
                    self.queue, lease.message, lease.pop_receipt, HIDDEN_SECONDS
                )
                self._hold(lease)
            except TROUBLE as error:
                self._hooks.say(f"Could not keep message '{lease.message.id}' of '{self.queue}' hidden: {error}")

    async def _run(self, message: StoredMessage) -> bool:
        try:
            body = self._options.decode(message.text)
        except ValueError as error:
            self._hooks.say(
                f"Message '{message.id}' in queue '{self.queue}' could not be decoded: {error}. "
                + _('Send it base64-encoded, or set "messageEncoding": "none" under extensions.queues in host.json.')
            )
            return False
        return await self._hooks.invoke(
            Arrived(
                body,
                metadata_of(message, body),
                f"New queue message detected on '{self.queue}'.",
                f"Trigger Details: MessageId: {message.id}, DequeueCount: {message.dequeue_count}, "
                f"InsertionTime: {iso_time(message.inserted)}",
                self._hub.trace_of(message.id),
                {"queue": self.queue, "message_id": message.id, "dequeue_count": message.dequeue_count},
            )
        )

    async def _move_aside(self, lease: _Lease) -> None:
        """Copies the message's raw text to the poison queue, then deletes it."""
        assert self.poison_queue
        message = lease.message
        trace = self._hub.trace_of(message.id)
        poison = await self._hub.write(self._account, self.poison_queue, message.text, trace)
        await self._account.delete(self.queue, message, lease.pop_receipt)
        self._hub.held.settle(message.id)
        self._hooks.say(
            f"Message has reached MaxDequeueCount of {self._options.max_dequeue_count}. "
            f"Moving message to queue '{self.poison_queue}'."
        )
        self._hooks.record(
            "queue.poisoned",
            function=self.function,
            queue=self.queue,
            poison_queue=self.poison_queue,
            message_id=message.id,
            dequeue_count=message.dequeue_count,
            poison_message_id=poison,
            trace=trace_id_of(trace),
        )

    async def _give_back(self, lease: _Lease, seconds: float) -> None:
        """Makes the message visible again in `seconds` (whole ones, after scaling), and wakes the listener then."""
        wait = round(seconds * self._scale)
        try:
            await self._account.hide(self.queue, lease.message, lease.pop_receipt, wait)
        except QueueServiceError as error:
            if error.code not in ("MessageNotFound", "PopReceiptMismatch", "QueueNotFound"):
                raise
        if wait:
            self._hub.held.wait(lease.message.id, wait)
        else:
            self._hub.held.settle(lease.message.id)
        asyncio.get_running_loop().call_later(wait, self._arrival.set)


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


def iso_time(http_date: str) -> str:
    """`2026-01-31T09:30:00+00:00` from an HTTP date."""
    return parsedate_to_datetime(http_date).astimezone(timezone.utc).isoformat(timespec="seconds")


def json_datum(value: Any) -> tuple[str, Any]:
    """The Datum type and value of a metadata value."""
    return ("string", value) if isinstance(value, str) else ("json", json.dumps(value))
