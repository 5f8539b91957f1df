"""What the queue bindings of one host share: accounts, wake-ups of listeners, and which trace wrote which message."""

import asyncio
import time
from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ..settings import Connection
from .held import HeldMessages
from .queue_client import QueueAccount

if TYPE_CHECKING:
    from ..host import FunctionsHost

KEPT_TRACES = 10_000


class QueueHub:
    """One a host. A write through it wakes the same host's listener on that queue at once, as in Azure."""

    def __init__(self) -> None:
        self.held = HeldMessages(time.time)
        self._accounts: dict[str, QueueAccount] = {}
        self._arrivals: dict[tuple[str, str], asyncio.Event] = {}
        self._traces: OrderedDict[str, str] = OrderedDict()

    def account(self, connection: Connection) -> QueueAccount:
        """The client for `connection`; SettingsError when it is not a storage connection string."""
        if connection.text not in self._accounts:
            self._accounts[connection.text] = QueueAccount(connection)
        return self._accounts[connection.text]

    def arrival(self, account: QueueAccount, queue: str) -> asyncio.Event:
        """Set whenever this host puts something on `queue`, or knows that a message is visible again."""
        return self._arrivals.setdefault((account.endpoint, queue.lower()), asyncio.Event())

    async def write(self, account: QueueAccount, queue: str, text: str, traceparent: str | None) -> str:
        """Puts the raw `text` on `queue` (made when missing), remembers its trace, wakes the listener; its id."""
        message_id = await account.send(queue, text)
        if traceparent:
            self._traces[message_id] = traceparent
            while len(self._traces) > KEPT_TRACES:
                self._traces.popitem(last=False)
        self.arrival(account, queue).set()
        return message_id

    def trace_of(self, message_id: str) -> str | None:
        """The traceparent of the invocation that wrote the message through this host.

        A queue message carries no headers: the link is known by the id the service gave at the write, and not at all
        for messages that came another way (the learner's own SDK call, another program).
        """
        return self._traces.get(message_id)

    async def close(self) -> None:
        for account in self._accounts.values():
            await account.close()
        self._accounts.clear()


_HUBS: "WeakKeyDictionary[FunctionsHost, QueueHub]" = WeakKeyDictionary()


def hub_of(host: "FunctionsHost") -> QueueHub:
    """The hub of `host`, made on first use and closed when it stops."""
    if host not in _HUBS:
        _HUBS[host] = QueueHub()
        host.at_stop(_HUBS[host].close)
    return _HUBS[host]
