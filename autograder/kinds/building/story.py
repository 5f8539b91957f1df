"""What happens to a hand-in in one check run: an environment is built, used, disturbed and taken away, and two others
are built beside it. All checks share it.

A step is played once, when a check asks for it, after the steps that it needs. The environment is taken away last: if a
check asks for more after that, everything begins again with another environment.
"""

import asyncio
import io
import random
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from autograder.kinds.building.overrides import addresses, another_key, without_protection
from autograder.kinds.building.standing import MESSAGES, Built, Standing
from autograder.starters import solution_files
from localcloud.resources.errors import EffectFailed

if TYPE_CHECKING:
    from autograder.kinds.building.engine import Ran
    from autograder.kinds.building.workspace import Change, Planned, Workspace
    from localcloud.resources.local.subscription import Subscription

T = TypeVar("T")
NOT_PACKED = "local.settings.json"
SECRETS = ("slack_bot_token", "slack_signing_secret", "slack_outgoing_token")
STAGING, DEV = "staging", "dev"
LONG, SHORT = 8, 3  # letters of a prefix
FAILED, CHANGES = 1, 2  # exit codes of a plan


@dataclass(frozen=True)
class Formed:
    """What the engine says of the files alone."""

    formatted: "Ran"
    ready: "Ran"  # init
    validated: "Ran | None"  # None after an init that failed


@dataclass(frozen=True)
class Drifted:
    """The queue was deleted by hand, and applied again."""

    planned: "Planned"
    applied: "Ran | None"  # None when there was nothing to apply
    back: bool


@dataclass(frozen=True)
class Beside:
    """Two more environments, and the plan of the first one after them; None when one of them was not built."""

    second: Standing
    third: Standing
    first_again: "Planned | None"


@dataclass(frozen=True)
class Protected:
    """The partition key of `messages` was changed in the code."""

    planned: "Planned"
    applied: "Ran | None"  # None when there was no plan to apply
    kept: bool  # whether a document that was there is there afterwards
    after: "Planned"  # without the change

    @property
    def refused(self) -> bool:
        return self.planned.code == FAILED or (self.applied is not None and self.applied.code != 0)


@dataclass(frozen=True)
class Gone:
    """What was left after the end."""

    destroyed: tuple["Ran", ...]  # one try, or two
    resources: tuple[str, ...]  # ids of what is still there
    state: tuple[str, ...]  # addresses in the state


class Story:
    """`workspace` makes a copy of the hand-in for an environment; `inputs` are those of all environments, with the
    secrets of the first. `deployed` is called with the URL at which the bot answers."""

    def __init__(
        self,
        subscription: "Subscription",
        workspace: "Callable[[Mapping[str, str]], Awaitable[Workspace]]",
        rng: random.Random,
        inputs: Mapping[str, str],
        deployed: Callable[[str], None],
    ) -> None:
        self.model = subscription.model
        self.secrets = {name: inputs[name] for name in SECRETS}
        self.told_by: str | None = None  # the check that has shown why the first environment was not built
        self._subscription = subscription
        self._workspace = workspace
        self._rng = rng
        self._common = dict(inputs)
        self._deployed = deployed
        self._turn = asyncio.Lock()
        self._played: dict[str, asyncio.Task[Any]] = {}
        self._prefix = self._letters(LONG)

    async def formed(self) -> Formed:
        """The files alone: are they formatted and valid?"""
        workspace, ready = await self._ready()
        return await self._once("formed", lambda: _formed(workspace, ready))

    async def built(self) -> Standing:
        """The first environment was planned and applied."""
        if "gone" in self._played:
            self._played, self._prefix = {}, self._letters(LONG)
        workspace, ready = await self._ready()
        return await self._once("built", lambda: self._built(workspace, ready))

    async def again(self) -> "Planned":
        """A second plan, right after the first apply."""
        standing = await self.built()
        return await self._once("again", standing.workspace.plan)

    async def deployed(self, bot: Path) -> str | None:
        """The bot in a folder of solutions was deployed on the first environment; why that failed, or None."""
        await self.again()
        standing = await self.built()
        return await self._once("deployed", lambda: self._deploy(standing, bot))

    async def drifted(self) -> Drifted | None:
        """The queue was deleted by hand and applied again; None when it was not there."""
        await self.again()
        standing = await self.built()
        return await self._once("drifted", lambda: _drifted(standing))

    async def beside(self) -> Beside:
        """Two more environments were built: one with the same prefix, one with a short one."""
        await self.again()
        standing = await self.built()
        return await self._once("beside", lambda: self._beside(standing))

    async def protected(self) -> Protected | None:
        """The partition key of a container with a document was changed; None when the code makes no such container."""
        await self.again()
        standing = await self.built()
        return await self._once("protected", lambda: self._protected(standing))

    async def gone(self) -> Gone:
        """Protection was lifted on purpose, and the first environment was destroyed."""
        standing = await self.built()
        return await self._once("gone", lambda: _gone(standing))

    async def unexpected(self, planned: "Planned") -> "list[Change]":
        """What a plan changes beyond the second plan, which has a check of its own."""
        known = (await self.again()).changes
        return [one for one in planned.changes if one not in known]

    async def stop(self) -> None:
        for task in self._played.values():
            task.cancel()
        await asyncio.gather(*self._played.values(), return_exceptions=True)

    async def _once(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        """What came of a step. A check that is out of time does not stop it; the next step waits for it."""

        async def in_turn() -> T:
            async with self._turn:
                return await step()

        if name not in self._played:
            self._played[name] = asyncio.create_task(in_turn())
        found: T = await asyncio.shield(self._played[name])
        return found

    async def _ready(self) -> "tuple[Workspace, Ran]":
        """The workspace of the first environment, and how `init` went there."""

        async def ready() -> "tuple[Workspace, Ran]":
            workspace = await self._workspace({**self._common, "prefix": self._prefix, "environment": STAGING})
            return workspace, await workspace.init()

        return await self._once("ready", ready)

    async def _built(self, workspace: "Workspace", ready: "Ran") -> Standing:
        if ready.code:
            return Standing(self.model, Built(workspace, failed=ready.text))
        planned = await workspace.plan()
        if planned.code == FAILED:
            return Standing(self.model, Built(workspace, failed=planned.text))
        before = {one.key for one in self.model.store.all()}
        return await self._applied(workspace, before, planned)

    async def _applied(self, workspace: "Workspace", before: set[str], planned: "Planned | None" = None) -> Standing:
        ran = await workspace.apply(planned=planned is not None)
        if ran.code:
            return Standing(self.model, Built(workspace, failed=ran.text, planned=planned))
        made = frozenset(one.key for one in self.model.store.all()) - before
        return Standing(self.model, Built(workspace, None, planned, await workspace.outputs(), made))

    async def _deploy(self, standing: Standing, bot: Path) -> str | None:
        site = standing.site
        assert site
        try:
            await self._subscription.deploy(site.name, await asyncio.to_thread(_package, bot))
        except EffectFailed as error:
            return str(error)
        self._deployed(self._subscription.app_url(site.name))
        return None

    async def _beside(self, first: Standing) -> Beside:
        """The short prefix begins the long one: names that are cut to fit meet each other."""
        second, third = await asyncio.gather(self._another(self._prefix), self._another(self._prefix[:SHORT]))
        both = not (second.failed or third.failed)
        return Beside(second, third, await first.workspace.plan() if both else None)

    async def _another(self, prefix: str) -> Standing:
        secrets = {name: self._letters(24) for name in SECRETS}
        workspace = await self._workspace({**self._common, **secrets, "prefix": prefix, "environment": DEV})
        ready = await workspace.init()
        if ready.code:
            return Standing(self.model, Built(workspace, failed=ready.text))
        return await self._applied(workspace, set())

    async def _protected(self, standing: Standing) -> Protected | None:
        workspace, documents, id = standing.workspace, standing.documents(), self._letters(12)
        if standing.planned is None or standing.planned.json is None:  # there was nothing to do
            return None
        override = another_key(standing.planned.json, await workspace.state(), MESSAGES)
        if documents is None or override is None or MESSAGES not in (await standing.containers() or {}):
            return None
        await documents.fill(MESSAGES, [{"id": id, "channel": self._letters(8)}])
        workspace.override(override.file, override.text)
        try:
            planned = await workspace.plan()
            applied = await workspace.apply(planned=True) if planned.code == CHANGES else None
        finally:
            workspace.override(override.file, None)
        kept = MESSAGES in (await standing.containers() or {}) and bool(documents.all(MESSAGES, id=id))
        return Protected(planned, applied, kept, await workspace.plan())

    def _letters(self, count: int) -> str:
        return "".join(self._rng.choice("abcdefghijklmnopqrstuvwxyz") for _letter in range(count))


async def _formed(workspace: "Workspace", ready: "Ran") -> Formed:
    formatted = await workspace.formatted()
    return Formed(formatted, ready, None if ready.code else await workspace.validated())


async def _drifted(standing: Standing) -> Drifted | None:
    if not await standing.has_queue():
        return None
    await standing.remove_queue()
    planned = await standing.workspace.plan()
    applied = await standing.workspace.apply(planned=True) if planned.code == CHANGES else None
    return Drifted(planned, applied, await standing.has_queue())


async def _gone(standing: Standing) -> Gone:
    workspace, planned = standing.workspace, standing.planned
    assert planned and planned.json is not None
    for override in without_protection(planned.json):
        workspace.override(override.file, override.text)
    destroyed = [await workspace.destroy()]
    if destroyed[0].code:  # a lock that went late has kept something
        destroyed.append(await workspace.destroy())
    left = tuple(one.id for one in standing.rows())
    return Gone(tuple(destroyed), left, tuple(addresses(await workspace.state())))


def _package(folder: Path) -> bytes:
    """A solution as it is deployed."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for file in solution_files(folder):
            if file.as_posix() != NOT_PACKED:
                archive.write(folder / file, file.as_posix())
    return package.getvalue()
