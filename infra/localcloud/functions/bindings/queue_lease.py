"""A received message: hidden from everybody else while it is renewed, until it is deleted or given back."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

from localcloud.messages import _

from ..retries import RandomisedBackoff
from .queue_client import TROUBLE, QueueAccount, QueueServiceError, StoredMessage, is_passing

HIDDEN_SECONDS = 600
SHORTEST_RENEWAL = 60.0
LOST = ("MessageNotFound", "PopReceiptMismatch", "QueueNotFound")  # another has it now, or it is gone


class Lease:
    """Use `keep` while a function works on the message, then `delete` or `give_back`."""

    def __init__(
        self,
        account: QueueAccount,
        queue: str,
        message: StoredMessage,
        say: Callable[[str], None],
        backoff: RandomisedBackoff,
        scale: float,
    ) -> None:
        self.message = message
        self._account = account
        self._queue = queue
        self._say = say
        self._backoff = backoff
        self._scale = scale
        self._pop_receipt = message.pop_receipt
        self._until = time.monotonic() + HIDDEN_SECONDS
        self._renewing: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    def keep(self, renewed: Callable[[], None]) -> None:
        """Keeps it hidden from now on; `renewed` is called each time."""
        self._renewing = asyncio.create_task(self._renew(renewed))

    async def keep_no_longer(self) -> None:
        """A renewal that is under way is waited for: it changes the receipt without which nothing can be deleted."""
        self._stop.set()
        if self._renewing:
            await self._renewing

    async def delete(self) -> None:
        """Deletes the message."""
        await self.surely(lambda: self._account.delete(self._queue, self.message, self._pop_receipt))

    async def give_back(self, seconds: int) -> None:
        """Makes it visible again in so many seconds."""
        await self.surely(lambda: self._hide(seconds))

    async def let_go(self) -> None:
        """Makes it visible at once, if the storage service is there; else it is in ten minutes at the latest."""
        try:
            await self._hide(0)
        except TROUBLE as error:
            self._say(f"Could not give message '{self.message.id}' back to '{self._queue}': {_shown(error)}")

    async def _hide(self, seconds: int) -> None:
        try:
            self._pop_receipt = await self._account.hide(self._queue, self.message, self._pop_receipt, seconds)
        except QueueServiceError as error:
            if error.code not in LOST:
                raise

    async def surely(self, act: Callable[[], Awaitable[object]]) -> None:
        """Does it, however long the storage service is away, as long as the message is ours.

        The real extension gives up after its client's three retries, and the message stays hidden for the rest of its
        ten minutes; it may do so for us as well, but on a laptop the service is stopped and started again.
        """
        said = False
        while True:
            try:
                await act()
                return
            except TROUBLE as error:
                if not is_passing(error) or time.monotonic() >= self._until:
                    raise
                if not said:
                    said = True
                    text = _("Message '{id}' of queue '{queue}' cannot be settled now ({error}); it is tried again.")
                    self._say(text.format(id=self.message.id, queue=self._queue, error=_shown(error)))
            await asyncio.sleep(self._backoff.next() * self._scale)

    async def _renew(self, renewed: Callable[[], None]) -> None:
        """At half time; sooner and sooner while that fails, never more often than once a minute."""
        wait = HIDDEN_SECONDS / 2
        while not await self._stopped_within(wait):
            try:
                self._pop_receipt = await self._account.hide(
                    self._queue, self.message, self._pop_receipt, HIDDEN_SECONDS
                )
            except TROUBLE as error:
                self._say(f"Could not keep message '{self.message.id}' of '{self._queue}' hidden: {_shown(error)}")
                if isinstance(error, QueueServiceError) and error.code in LOST:
                    return
                wait = max(wait / 2, SHORTEST_RENEWAL)
            else:
                self._until = time.monotonic() + HIDDEN_SECONDS
                wait = HIDDEN_SECONDS / 2
                renewed()

    async def _stopped_within(self, seconds: float) -> bool:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
        return self._stop.is_set()


def _shown(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
