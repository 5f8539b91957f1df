"""From a blob that was found to its function, through the host's internal queue: five tries, then the poison queue."""

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ..loading.settings import connection
from .blob_path import BlobPath
from .queue_client import QueueAccount
from .queue_hub import hub_of
from .queue_options import QueueOptions, blob_options
from .queue_trigger import Arrived, Hooks, QueueListener

if TYPE_CHECKING:
    from .binding_host import BindingHost

POISON = "webjobs-blobtrigger-poison"
FUNCTION_ID = "Host.Functions."


@dataclass(frozen=True)
class FoundBlob:
    """A version of a blob that a function has to be told of."""

    function: str
    path: BlobPath
    etag: str

    def to_text(self) -> str:
        """The internal queue's message, in Azure's words."""
        return json.dumps(
            {
                "Type": "BlobTrigger",
                "FunctionId": FUNCTION_ID + self.function,
                "BlobType": "BlockBlob",
                "ContainerName": self.path.container,
                "BlobName": self.path.name,
                "ETag": f'"{self.etag}"',
            }
        )


def found_blob(body: bytes) -> FoundBlob:
    """The version that a message of the internal queue tells of; ValueError when it tells of none."""
    try:
        facts = json.loads(body)
        function = str(facts["FunctionId"]).removeprefix(FUNCTION_ID)
        return FoundBlob(function, BlobPath(facts["ContainerName"], facts["BlobName"]), str(facts["ETag"]).strip('"'))
    except (KeyError, TypeError) as error:
        raise ValueError(f"Invalid blob trigger message: {error}") from error


Handler = Callable[[FoundBlob, Arrived], Awaitable[bool]]


class BlobDispatch:
    """One a host; it listens while there are functions that wait for blobs."""

    def __init__(self, host: "BindingHost") -> None:
        self._host = host
        self._handlers: dict[str, Handler] = {}
        self._found: dict[str, FoundBlob] = {}
        self._listener: QueueListener | None = None

    @property
    def queue(self) -> str:
        return f"azure-webjobs-blobtrigger-{self._host.id}"

    async def join(self, function: str, handler: Handler) -> None:
        """Hands the blobs of `function` to `handler` from now on."""
        if self._listener is None:
            self._listener = self._made()
            await self._listener.start()
        self._handlers[function] = handler

    async def leave(self, function: str) -> None:
        """Hands it nothing any more; what is in flight is finished or given back when nobody is left."""
        self._handlers.pop(function, None)
        if not self._handlers and self._listener:
            listener, self._listener = self._listener, None
            await listener.stop()

    async def put(self, found: FoundBlob, traceparent: str | None) -> None:
        """Puts a version that was found on the internal queue."""
        text = self._options().encode(found.to_text().encode())
        await hub_of(self._host).write(self._account(), self.queue, text, traceparent)

    def _account(self) -> QueueAccount:
        return hub_of(self._host).account(connection(None, self._host.settings))

    def _options(self) -> QueueOptions:
        return blob_options(self._host.config.raw, os.cpu_count() or 1)

    def _made(self) -> QueueListener:
        hooks = Hooks(self._hand_over, self._host.say, self._record)
        return QueueListener(
            "", self.queue, self._account(), self._options(), hub_of(self._host), hooks,
            poison_queue=POISON, time_scale=self._host.time_scale, rng=self._host.rng,
        )  # fmt: skip

    async def _hand_over(self, arrived: Arrived) -> bool:
        try:
            found = found_blob(arrived.body)
        except ValueError as error:
            self._host.say(str(error), "ERROR")
            return False
        handler = self._handlers.get(found.function)
        message_id = arrived.source["message_id"]
        self._found[message_id] = found
        succeeded = handler is None or await handler(found, arrived)
        if succeeded:
            self._found.pop(message_id, None)
        return succeeded

    def _record(self, kind: str, **facts: Any) -> None:
        """A poison message's entry tells the function and the blob, too."""
        found = self._found.pop(facts["message_id"], None)
        if found:
            facts |= {"function": found.function, "blob": str(found.path)}
        self._host.journal.add(kind, **facts)


_DISPATCHES: "WeakKeyDictionary[BindingHost, BlobDispatch]" = WeakKeyDictionary()


def dispatch_of(host: "BindingHost") -> BlobDispatch:
    """The dispatch of `host`, made on first use."""
    if host not in _DISPATCHES:
        _DISPATCHES[host] = BlobDispatch(host)
    return _DISPATCHES[host]
