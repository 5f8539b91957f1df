"""What the queue bindings of one host share: accounts, wake-ups of listeners, and which trace wrote which message."""

import asyncio
import base64
import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from localcloud.trace import trace_id_of

from ..loading.settings import Connection
from .held import HeldMessages
from .queue_client import QueueAccount
from .queue_faults import QueueFaults

if TYPE_CHECKING:
    from .binding_host import BindingHost

KEPT_TRACES = 10_000
KEPT_CHARACTERS = 8_000_000
CORRELATION = ("correlation_id", "correlationId")  # the usual names of the field

Key = TypeVar("Key")
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Seen:
    """A message that this host has received, once or more often: its raw text."""

    id: str
    queue: str
    text: str
    account: QueueAccount


class QueueHub:
    """One a host. A write through it wakes the same host's listener on that queue at once, as in Azure."""

    def __init__(self, time_scale: float = 1.0, record: Callable[..., Any] = lambda _kind, **_facts: None) -> None:
        self._scale = time_scale
        self._record = record
        self.faults = QueueFaults(record, self._wake)
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._seen_characters = 0
        self._copies: OrderedDict[str, str] = OrderedDict()
        self.held = HeldMessages(time.time)
        self._accounts: dict[str, QueueAccount] = {}
        self._arrivals: dict[tuple[str, str], asyncio.Event] = {}
        self._traces: OrderedDict[str, str] = OrderedDict()
        # sign: queue and id of the last message that had it
        self._signs: OrderedDict[bytes, tuple[str, str]] = OrderedDict()
        self._likes: OrderedDict[str, str] = OrderedDict()

    def account(self, connection: Connection) -> QueueAccount:
        """The client for `connection`; SettingsError when it is not a storage connection string."""
        if connection.text not in self._accounts:
            self._accounts[connection.text] = QueueAccount(connection, self._scale)
        return self._accounts[connection.text]

    def arrival(self, account: QueueAccount, queue: str) -> asyncio.Event:
        """Set whenever this host puts something on `queue`, or knows that a message is visible again."""
        return self._arrivals.setdefault((account.endpoint, queue.lower()), asyncio.Event())

    async def write(self, account: QueueAccount, queue: str, text: str, traceparent: str | None) -> str:
        """Puts the raw `text` on `queue` (made when missing), remembers its trace, wakes the listener; its id."""
        message_id = await account.send(queue, text)
        if traceparent:
            keep(self._traces, message_id, traceparent)
            self._keep_signs(signs_of(text), queue.lower(), message_id)
        self.arrival(account, queue).set()
        return message_id

    def trace_of(self, message_id: str) -> str | None:
        """The traceparent of the invocation that wrote the message through this host.

        A queue message carries no headers: the link is known by the id the service gave at the write. For messages that
        came another way (the learner's own SDK call, another program) it is inferred, see `like`.
        """
        return self._traces.get(message_id)

    def like(self, message_id: str) -> str | None:
        """`queue:id` of an earlier message with the same text or correlation id: a job that was put off, moved back
        from a poison queue or replayed. This message, of unknown origin, is counted to its trace."""
        return self._likes.get(message_id)

    def saw(self, message_id: str, queue: str, text: str, account: QueueAccount) -> None:
        """A message was received; the last ones are kept, so that they can be copied."""
        if message_id in self._seen:
            return
        self._infer_origin(message_id, queue, text)
        self._seen[message_id] = Seen(message_id, queue, text, account)
        self._seen_characters += len(text)
        while self._seen_characters > KEPT_CHARACTERS:
            self._seen_characters -= len(self._seen.popitem(last=False)[1].text)

    def _infer_origin(self, message_id: str, queue: str, text: str) -> None:
        if message_id in self._traces or not self._signs:
            return
        signs = signs_of(text)
        earlier = next((found for sign in signs if (found := self._signs.get(sign))), None)
        trace = self._traces.get(earlier[1]) if earlier else None
        if earlier and trace:
            keep(self._traces, message_id, trace)
            keep(self._likes, message_id, ":".join(earlier))
            self._keep_signs(signs, queue, message_id)

    def _keep_signs(self, signs: Sequence[bytes], queue: str, message_id: str) -> None:
        for sign in signs:
            keep(self._signs, sign, (queue, message_id))

    def seen(self, queue: str | None = None) -> list[Seen]:
        """The messages that were received lately (from `queue`), the first one first."""
        return [one for one in self._seen.values() if queue is None or one.queue == queue.lower()]

    async def copy(self, message_id: str) -> str:
        """Puts a copy of a message that was received on its queue; the copy's id. KeyError when it is not known."""
        seen = self._seen[message_id]
        trace = self.trace_of(message_id)
        copy_id = await self.write(seen.account, seen.queue, seen.text, trace)
        keep(self._copies, copy_id, message_id)
        self._record("queue.copied", queue=seen.queue, message_id=message_id, copy_id=copy_id, trace=trace_id_of(trace))
        return copy_id

    def is_copy(self, message_id: str) -> bool:
        return message_id in self._copies

    def _wake(self) -> None:
        for arrival in self._arrivals.values():
            arrival.set()

    async def close(self) -> None:
        self.faults.end_all()
        for account in self._accounts.values():
            await account.close()
        self._accounts.clear()


def keep(where: "OrderedDict[Key, Kept]", key: Key, value: Kept) -> None:
    """Keeps the last KEPT_TRACES."""
    where[key] = value
    while len(where) > KEPT_TRACES:
        where.popitem(last=False)


def signs_of(text: str) -> list[bytes]:
    """By what a raw message is known again: its text and, where it is a JSON object with one, its correlation id."""
    signs = [_digest(text)]
    with suppress(ValueError, RecursionError):
        plain = text if text.lstrip().startswith("{") else base64.b64decode("".join(text.split()), validate=True)
        job = json.loads(plain)
        id = next((job[name] for name in CORRELATION if name in job), None) if isinstance(job, dict) else None
        if isinstance(id, str) and id:
            signs.append(_digest(f"correlation id {id}"))
    return signs


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


_HUBS: "WeakKeyDictionary[BindingHost, QueueHub]" = WeakKeyDictionary()


def hub_of(host: "BindingHost") -> QueueHub:
    """The hub of `host`, made on first use and closed when it stops."""
    if host not in _HUBS:
        _HUBS[host] = QueueHub(host.time_scale, host.journal.add)
        host.at_stop(_HUBS[host].close)
    return _HUBS[host]
