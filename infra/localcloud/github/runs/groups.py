"""`concurrency`: of each group one runs and one waits, the newest of those that want to."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from localcloud.messages import _


class Superseded(Exception):
    """Another run of the group has come, so that this one is not to wait any more; the text says so."""


@dataclass
class Member:
    """A run or a job that is in a group, or wants to be."""

    owner: object  # the run
    cancel: Callable[[str], None]  # ends it, with the reason, when it is in the group
    turn: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Groups:
    """The groups of one GitHub; a name belongs to a repository, in upper or lower case."""

    def __init__(self) -> None:
        self._inside: dict[str, Member] = {}
        self._waiting: dict[str, Member] = {}

    async def enter(self, name: str, member: Member, cancel_in_progress: bool) -> None:
        """Waits until it is this member's turn; Superseded, and ValueError when it would wait for itself."""
        if name not in self._inside:
            self._inside[name] = member
            return
        inside = self._inside[name]
        if inside.owner is member.owner:
            raise ValueError(_("The concurrency group '{name}' is its own run's already.").format(name=name))
        reason = _("A newer run of the concurrency group '{name}' has come.").format(name=name)
        if before := self._waiting.pop(name, None):
            before.turn.set_exception(Superseded(reason))
        self._waiting[name] = member
        if cancel_in_progress:
            inside.cancel(reason)
        try:
            await member.turn
        except asyncio.CancelledError:
            self.leave(name, member)
            raise

    def leave(self, name: str, member: Member) -> None:
        """This member has ended: the one that waits comes in."""
        if self._waiting.get(name) is member:
            del self._waiting[name]
        if self._inside.get(name) is not member:
            return
        del self._inside[name]
        if following := self._waiting.pop(name, None):
            self._inside[name] = following
            following.turn.set_result(None)
