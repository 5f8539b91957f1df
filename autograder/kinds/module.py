"""Python whose functions are called with plain data: code in the notebook's answer cells (see `autograder/answers`),
and modules of the hand-in, each in a process that the first check which asks for it starts."""

from pathlib import Path
from typing import TYPE_CHECKING

from autograder.kinds import Kind
from autograder.modules import Module
from localcloud.cloud import Notes, Started, View

if TYPE_CHECKING:
    from autograder.private import PrivateCloud


class Modules(View):
    """The modules that were handed in, as a check sees them."""

    def __init__(self, staged: "StagedModules", notes: Notes) -> None:
        self._staged = staged
        self._notes = notes

    async def get(self, name: str) -> Module:
        """The module `<name>.py`, in a process that checks share."""
        return await self._staged.get(name, self._notes)

    async def fresh(self, name: str, *, cold: bool = False) -> Module:
        """The same in a process of its own; `cold`: one with its own `hash()`, also in the sandbox."""
        return await self._staged.start(name, self._notes, cold=cold)


class ModuleKind(Kind):
    name = "module"

    async def stage(self, cloud: "PrivateCloud", folder: Path) -> "StagedModules":
        return StagedModules(cloud, folder)


KIND = ModuleKind()


class StagedModules:
    """Processes that have imported a module; they end with the cloud."""

    def __init__(self, cloud: "PrivateCloud", folder: Path) -> None:
        self._cloud = cloud
        self._folder = folder
        self._shared: dict[str, Module] = {}
        self.started = Started(views={Modules: lambda notes: Modules(self, notes)})

    async def get(self, name: str, notes: Notes) -> Module:
        found = self._shared.get(name)
        if found is None or found.gone:
            found = self._shared[name] = await self.start(name, notes)
        found.note = notes.note
        return found

    async def start(self, name: str, notes: Notes, *, cold: bool = False) -> Module:
        module = await Module.start(self._folder, name, self._cloud.cell, notes.note, cold=cold)
        self._cloud.stack.push_async_callback(module.end)
        return module

    async def refresh(self) -> None:
        """The next check that asks for a module starts it again."""
        self._shared.clear()
