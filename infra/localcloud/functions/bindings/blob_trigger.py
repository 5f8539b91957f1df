"""The blob trigger's listener: looks through a container, and has its function told of every new version of a blob."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError

from localcloud.ending import ended
from localcloud.messages import _

from .blob_dispatch import BlobDispatch, FoundBlob, Handler
from .blob_hub import BlobHub, bare
from .blob_path import BlobPath, BlobPattern
from .blob_receipts import Receipts

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobServiceClient

SCAN_EVERY = 10.0
SHORTEST_REST = 0.1


class BlobListener:
    """One function's listener. `scans` is False for `source="EventGrid"`: events tell of blobs then."""

    def __init__(
        self,
        function: str,
        pattern: BlobPattern,
        service: "BlobServiceClient",
        receipts: Receipts,
        hub: BlobHub,
        dispatch: BlobDispatch,
        handler: Handler,
        say: Callable[[str], None],
        *,
        time_scale: float = 1.0,
        scans: bool = True,
    ) -> None:
        self.function = function
        self._pattern = pattern
        self._container = service.get_container_client(pattern.container)
        self._receipts = receipts
        self._hub = hub
        self._dispatch = dispatch
        self._handler = handler
        self._say = say
        self._rest = max(SCAN_EVERY * time_scale, SHORTEST_REST)
        self._scans = scans
        self._seen: dict[str, str] = {}
        self._arrival = hub.arrival(service, pattern.container)
        self._reachable = True
        self._scanning: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._dispatch.join(self.function, self._handler)
        if self._scans:
            self._scanning = asyncio.create_task(self._scan(), name=f"blob {self._pattern.text}")

    async def stop(self) -> None:
        """Ends the scan; what is on the internal queue waits for the next start."""
        self._hub.forget(self._arrival)
        if self._scanning:
            await ended([self._scanning])
        await self._dispatch.leave(self.function)

    async def _scan(self) -> None:
        while True:
            self._arrival.clear()
            try:
                await self._look_through()
                self._reachable = True
            except (AzureError, RuntimeError, ValueError, OSError, asyncio.TimeoutError) as error:
                self._tell(error)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._arrival.wait(), self._rest)

    def _tell(self, error: Exception) -> None:
        if self._reachable:
            self._say(
                f"An error occurred while scanning container '{self._pattern.container}': {type(error).__name__}: "
                f"{error}. " + _("The listener keeps trying; is the storage service running?")
            )
        self._reachable = False

    async def _look_through(self) -> None:
        """One scan. A container that is missing is looked for again, and not created."""
        there: dict[str, str] = {}
        try:
            async for blob in self._container.list_blobs(name_starts_with=self._pattern.prefix or None):
                if self._pattern.match(blob.name) is not None:
                    there[blob.name] = bare(blob.etag)
        except ResourceNotFoundError:
            return
        for name, etag in there.items():
            if self._seen.get(name) != etag:
                await self._found(BlobPath(self._pattern.container, name), etag)
        self._seen = there

    async def _found(self, path: BlobPath, etag: str) -> None:
        """Has the function told of a version, unless it was. One that has no receipt to be had is told of and left."""
        try:
            if await self._receipts.has(path, etag):
                return
        except HttpResponseError as error:
            self._say(
                _("Blob '{path}' is left out: the service refuses a receipt for it ({error}).").format(
                    path=path, error=str(error.message or error).splitlines()[0]
                )
            )
            return
        await self._dispatch.put(FoundBlob(self.function, path, etag), self._hub.trace_of(path, etag))
        await self._receipts.complete(path, etag)
