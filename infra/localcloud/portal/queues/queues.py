"""The queues of the camp: looked at without touching them, and what a person may do with their messages."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from localcloud.messages import _

from ..guard import Refused
from ..storage.account import QUEUES, Account, asked
from .queuetext import POISON, encoded, message_json, pairs

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage
    from azure.storage.queue.aio import QueueClient

MOST_PEEKED = 32
MOST_QUEUES = 200
MOST_BYTES = 64 * 1024
MOST_DELAY = 7 * 24 * 3600
SECONDS_HELD = 30


class Queues:
    """Acts on the queues of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    @property
    def endpoint(self) -> str:
        """The address of the account's queues."""
        return self._account.queues.url.rstrip("/")

    async def all(self) -> list[dict[str, Any]]:
        """Every queue with its poison twin, and how many messages each has, hidden ones included."""
        async with asked(QUEUES):
            names = [one.name async for one in self._account.queues.list_queues()][:MOST_QUEUES]
            counts = {name: await self._count(name) for name in names}
        return pairs(counts)

    async def look(self, queue: str) -> dict[str, Any] | None:
        """The messages that can be seen, and how many there are in all; None when there is no such queue."""
        async with asked(QUEUES):
            from azure.core.exceptions import ResourceNotFoundError

            try:
                shown = await self._queue(queue).peek_messages(MOST_PEEKED)
                count = await self._count(queue)
            except ResourceNotFoundError:
                return None
        hidden = max(0, count - len(shown)) if len(shown) < MOST_PEEKED else None
        return {"name": queue, "count": count, "hidden": hidden, "messages": [message_json(one) for one in shown]}

    async def create(self, queue: str) -> None:
        async with asked(QUEUES):
            await self._account.queues.create_queue(queue)

    async def add(self, queue: str, text: str, encoding: str, delay: int) -> str:
        """A new message; its id. `delay` hides it for so many seconds."""
        if not 0 <= delay <= MOST_DELAY:
            raise Refused(400, _("A message waits 0 to {most} seconds.").format(most=MOST_DELAY))
        content = encoded(text, encoding)
        if len(content.encode()) > MOST_BYTES:
            raise Refused(400, _("A queue message has at most 64 KiB, base64 included: store more in a blob."))
        async with asked(QUEUES):
            return str((await self._queue(queue).send_message(content, visibility_timeout=delay)).id)

    async def twice(self, queue: str, message_id: str) -> str:
        """Puts a copy of a message on its queue, as if it were delivered twice; the copy's id."""
        async with asked(QUEUES):
            client = self._queue(queue)
            shown = await client.peek_messages(MOST_PEEKED)
            found = next((one for one in shown if one.id == message_id), None)
            if found is None:
                raise _gone()
            return str((await client.send_message(found.content)).id)

    async def delete(self, queue: str, message_id: str) -> None:
        async with asked(QUEUES), self._held(queue, lambda one: one.id == message_id) as (client, held):
            if not held:
                raise _gone()
            await client.delete_message(held[0].id, held[0].pop_receipt)

    async def clear(self, queue: str) -> None:
        async with asked(QUEUES):
            await self._queue(queue).clear_messages()

    async def move_back(self, poison: str, message_id: str | None) -> int:
        """Poison messages (one, or those that can be seen) go back to their queue; how many.

        Sent first and deleted then, so that one is twice there, and never lost, if this stops in between.
        """
        queue = poison.removesuffix(POISON)
        if queue == poison or not queue:
            raise Refused(400, _("{queue} is not a poison queue.").format(queue=poison))
        async with asked(QUEUES), self._held(poison, lambda one: message_id in (None, one.id)) as (client, held):
            if message_id and not held:
                raise _gone()
            back = self._queue(queue)
            for message in held:
                await back.send_message(message.content)
                await client.delete_message(message.id, message.pop_receipt)
        return len(held)

    @asynccontextmanager
    async def _held(
        self, queue: str, wanted: "Callable[[QueueMessage], bool]"
    ) -> "AsyncIterator[tuple[QueueClient, list[QueueMessage]]]":
        """The wanted ones of the messages that can be seen, received; the others are given back at once.

        Azure's API deletes only what was received, and receives from the front: the others' dequeue counts grow.
        """
        client = self._queue(queue)
        shown = await client.peek_messages(MOST_PEEKED)
        place = max((number for number, one in enumerate(shown, 1) if wanted(one)), default=0)
        received: list[QueueMessage] = []
        if place:
            pages = client.receive_messages(messages_per_page=place, visibility_timeout=SECONDS_HELD).by_page()
            async for page in pages:  # there is none when somebody else was faster
                received = [one async for one in page]
                break
        for message in received:
            if not wanted(message):
                await client.update_message(message.id, message.pop_receipt, visibility_timeout=0)
        yield client, [one for one in received if wanted(one)]

    async def _count(self, queue: str) -> int:
        return int((await self._queue(queue).get_queue_properties()).approximate_message_count or 0)

    def _queue(self, queue: str) -> "QueueClient":
        return self._account.queues.get_queue_client(queue)


def _gone() -> Refused:
    return Refused(409, _("That message cannot be seen any more: it is being worked on, or it is gone."))
