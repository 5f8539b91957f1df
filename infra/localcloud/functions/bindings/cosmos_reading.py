"""One lease at work: reads its range's changes, has the function called with them, and keeps how far it came."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.messages import _

from .cosmos_feed import ChangeFeed, Page
from .cosmos_leases import LeaseLost, Leases
from .cosmos_sharing import Lease, Span

Handler = Callable[[list[dict[str, Any]], Span], Awaitable[Any]]


class Reading:
    """Works on `lease` until it is lost or split; `split` then holds the leases that take its place. `gone` says so
    when the container is not there any more, or was made anew.

    A batch is done with when the call has ended, well or not: Azure's extension loses the batch of a function that
    fails, unless its retry policy makes it succeed.
    """

    def __init__(
        self,
        lease: Lease,
        leases: Leases,
        feed: ChangeFeed,
        handle: Handler,
        say: Callable[[str], None],
        rest: float,
    ) -> None:
        self.lease = lease
        self.split: list[Lease] = []
        self.gone = ""
        self.polled = asyncio.Event()
        self._leases = leases
        self._feed = feed
        self._handle = handle
        self._say = say
        self._rest = rest
        self._stopping = asyncio.Event()
        self._reachable = True
        self._changing = asyncio.Lock()
        self.task = asyncio.create_task(self._read(), name=f"cosmos {lease.id}")

    @property
    def over(self) -> bool:
        return self.task.done()

    def stop(self) -> None:
        """Ends after the call that runs now, which is then done with."""
        self._stopping.set()

    async def renew(self) -> None:
        """Keeps the lease; the reading ends when another host has it."""
        try:
            async with self._changing:
                self.lease = await self._leases.renew(self.lease)
        except LeaseLost:
            self.task.cancel()

    async def give_back(self) -> None:
        """Another host may go on at once."""
        try:
            async with self._changing:
                await self._leases.release(self.lease)
        except LeaseLost:
            return

    async def _read(self) -> None:
        from azure.core.exceptions import AzureError

        while not self._stopping.is_set() and not self.split:
            try:
                page = await self._feed.page(self.lease.span, self.lease.token)
                self._reachable = True
                if page.documents:
                    await self._leases.check(self.lease)
                    await self._handle(page.documents, self.lease.span)
                await self._settle(page)
            except LeaseLost:
                return
            except (AzureError, OSError, ValueError, asyncio.TimeoutError) as error:
                page = Page([], ())
                if isinstance(error, ValueError) or getattr(error, "status_code", None) == 404:
                    self.gone = str(error)
                    break
                self._tell(error)
            self.polled.set()
            if not page.documents:
                await self._sleep()
        self.polled.set()

    async def _settle(self, page: Page) -> None:
        if len(page.positions) > 1:
            self.split = [await self._leases.make(span, token, mine=True) for span, token in page.positions]
            await self._leases.drop(self.lease)
        elif (token := page.positions[0][1]) != self.lease.token:
            async with self._changing:
                self.lease = await self._leases.checkpoint(self.lease, token)

    async def _sleep(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), self._rest)
        except asyncio.TimeoutError:
            return

    def _tell(self, error: Exception) -> None:
        if self._reachable:
            self._say(
                f"An error occurred while reading the change feed ({self.lease.span}): {type(error).__name__}: "
                f"{error}. " + _("The listener keeps trying; is the Cosmos DB account there?")
            )
        self._reachable = False
