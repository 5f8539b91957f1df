"""What a check sees of storage: the messages in a queue, read from outside of the learner's app."""

import base64
import binascii
from typing import TYPE_CHECKING, Any

from localcloud.cloud import View

if TYPE_CHECKING:
    from .relay import LazyAzurite

MOST_PEEKED = 32  # of the service: https://learn.microsoft.com/rest/api/storageservices/peek-messages


class Storage(View):
    """The storage account of one check run."""

    def __init__(self, azurite: "LazyAzurite") -> None:
        self._azurite = azurite

    @property
    def running(self) -> bool:
        """Whether anybody has used it."""
        return self._azurite.running

    @property
    def connection_string(self) -> str:
        return self._azurite.connection_string

    async def texts(self, queue: str) -> list[str]:
        """The texts of the first 32 messages that can be received now, decoded from base64 where they are encoded;
        none when there is no such queue."""
        from azure.core.exceptions import ResourceNotFoundError

        async with self._queue(queue) as client:
            try:
                return [_decoded(message.content) for message in await client.peek_messages(MOST_PEEKED)]
            except ResourceNotFoundError:
                return []

    async def count(self, queue: str) -> int:
        """How many messages the queue holds, hidden ones too; 0 when there is no such queue."""
        from azure.core.exceptions import ResourceNotFoundError

        async with self._queue(queue) as client:
            try:
                return int((await client.get_queue_properties()).approximate_message_count or 0)
            except ResourceNotFoundError:
                return 0

    async def total(self) -> int:
        """How many messages all queues of the account hold, hidden ones too."""
        from azure.storage.queue.aio import QueueServiceClient

        async with QueueServiceClient.from_connection_string(self.connection_string) as client:
            names = [queue.name async for queue in client.list_queues() if queue.name]
        return sum([await self.count(name) for name in names])

    async def send(self, queue: str, text: str, *, encode: bool = True) -> None:
        """Puts a message on the queue, by default encoded in base64 as the host's output binding does."""
        async with self._queue(queue) as client:
            await client.send_message(base64.b64encode(text.encode()).decode() if encode else text)

    def _queue(self, name: str) -> Any:
        from azure.storage.queue.aio import QueueClient

        return QueueClient.from_connection_string(self.connection_string, name)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text
