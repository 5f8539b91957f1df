"""What a check sees of the load: its town, the budgets, and accounts whose clock it turns."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from localcloud.cloud import View

from .budgets import Budgets
from .driver import Document
from .keys import Definition
from .report import Report
from .rush import RUSH, START, private_account, rush
from .town import Message, Town

Made = TypeVar("Made")


class Kept:
    """What is made once for all checks of a run that want it, by name."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    async def once(self, name: str, make: Callable[[], Awaitable[Made]]) -> Made:
        """What `make` makes, at the first call; one that raises is made again."""
        if name not in self._made:
            self._made[name] = await make()
        found: Made = self._made[name]
        return found


class Load(View):
    """One run's town. It is the same in all of the run's checks."""

    def __init__(self, town: Town, budgets: Budgets, kept: Kept) -> None:
        self.town = town
        self.budgets = budgets
        self._kept = kept

    async def once(self, name: str, make: Callable[[], Awaitable[Made]]) -> Made:
        """What several checks share, such as one rush."""
        return await self._kept.once(name, make)

    def rush_hour(self) -> list[Message]:
        """The messages of the rush."""
        return self.town.messages(RUSH.messages, START, RUSH.seconds)

    async def rush(
        self, definition: Definition, messages: Sequence[Message], documents: Sequence[Document]
    ) -> tuple[Report, set[str]]:
        """Writes the documents at their messages' times, on an account of their own whose clock is turned; the report,
        and the ids of all that is stored in the end. LoadFailed."""
        async with AsyncExitStack() as stack:
            account = await stack.enter_async_context(private_account(turned=True))
            report = await rush(
                account, "rush", definition.paths, messages, documents, indexing_policy=definition.indexing_policy
            )
            assert account.emulator
            return report, {str(one["id"]) for one in account.emulator.documents("load", "rush")}
