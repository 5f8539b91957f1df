"""`concurrency`: of each group one runs and one waits, the newest of those that want to."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localcloud.messages import _

from .expressions import text_of, truth, value_of
from .model import JobRun, Run


class Superseded(Exception):
    """Another run of the group has come, so that this one is not to wait any more; the text says so."""


class OwnGroup(ValueError):
    """A job is to wait for the group that its own run is in; the text names the group."""


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
        """Waits until it is this member's turn; Superseded, and OwnGroup when it would wait for itself."""
        if name not in self._inside:
            self._inside[name] = member
            return
        inside = self._inside[name]
        if inside.owner is member.owner:
            raise OwnGroup(_("The concurrency group '{name}' is its own run's already.").format(name=name))
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


class Turn:
    """`async with`: in the concurrency group that a run, or some of its jobs, name in `concurrency`; at once where they
    name none. Superseded, OwnGroup and ExpressionError when it does not come to that."""

    def __init__(
        self,
        groups: Groups,
        run: Run,
        concurrency: Any,
        contexts: Mapping[str, Any],
        cancel: Callable[[str], None],
        jobs: Sequence[JobRun] = (),
    ) -> None:
        self._groups, self._jobs = groups, jobs
        self._name, self._cancels = _group_of(concurrency, contexts)
        self._key = f"{run.repository.full_name}/{self._name}".lower()
        self._member = Member(run, cancel)

    async def __aenter__(self) -> None:
        if not self._name:
            return
        for job in self._jobs:
            job.reason = _("waits for its turn in the concurrency group '{name}'").format(name=self._name)
        await self._groups.enter(self._key, self._member, self._cancels)
        for job in self._jobs:
            job.reason = ""

    async def __aexit__(self, *_error: object) -> None:
        if self._name:
            self._groups.leave(self._key, self._member)


def _group_of(concurrency: Any, contexts: Mapping[str, Any]) -> tuple[str, bool]:
    """The name of the group, and whether it cancels what is in progress."""
    if isinstance(concurrency, dict):
        name = text_of(value_of(concurrency.get("group"), contexts))
        return name, truth(value_of(concurrency.get("cancel-in-progress", False), contexts))
    return text_of(value_of(concurrency, contexts)), False
