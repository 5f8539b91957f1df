"""The Function App with its slots: deploying to one, swapping two, and what has changed in all of them."""

import asyncio
import random
import shutil
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from localcloud.journal import Journal
from localcloud.messages import _

from .build import check_build
from .content import Content, Runner, Running
from .deployment import Change, Deployment, Status, Swap
from .packages import PackageError, place_of_host_json, unpack
from .slot import PRODUCTION, STAGING, Busy, NoSuchSlot, Slot

KEPT_DEPLOYMENTS = 30  # whose files stay, of each slot
BUILD_SETTINGS = ("SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD")
OF_EVERY_APP = {  # Azure's own clients refuse an app without a storage account
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "FUNCTIONS_EXTENSION_VERSION": "~4",
    "FUNCTIONS_WORKER_RUNTIME": "python",
}
LOOK_EVERY = 0.02
FROM_PACKAGE = "WEBSITE_RUN_FROM_PACKAGE"


class Site:
    """`base` gives the app settings that every slot has from the local cloud. Everything happens on one event loop.

    A subclass may keep settings elsewhere and have other slots: `settings_of`, `add_slot`, `remove_slot`.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        resource_group: str,
        runner: Runner,
        rng: random.Random,
        base: Callable[[], Mapping[str, str]],
        slots: tuple[str, ...] = (PRODUCTION, STAGING),
    ) -> None:
        self.folder = folder
        self.name = name
        self.resource_group = resource_group
        self.slots = {slot: Slot(self, slot, Content()) for slot in slots}
        self.sticky: list[str] = []  # names of settings that stay with their slot
        self.swaps: list[Swap] = []
        self.changes: list[Change] = []
        self.on_swap_asked: list[Callable[[Swap], Awaitable[None]]] = []  # awaited before a swap begins
        self.on_change: list[Callable[[], None]] = []  # for whoever keeps the state
        self.swapping: Swap | None = None
        self._runner = runner
        self._rng = rng
        self._base = base
        self._tasks: set[asyncio.Task[None]] = set()
        self._retiring: set[Running] = set()

    @property
    def journal(self) -> Journal:
        return self._runner.journal

    def slot(self, name: str) -> Slot:
        """The slot of that name, in any case; NoSuchSlot."""
        found = self.slots.get(name.lower())
        if found is None:
            known = ", ".join(self.slots)
            raise NoSuchSlot(_("{app} has no slot {name}, but {known}.").format(app=self.name, name=name, known=known))
        return found

    def add_slot(self, name: str, content: Content) -> Slot:
        """One more slot, under a name that no other has."""
        slot = self.slots[name.lower()] = Slot(self, name.lower(), content)
        return slot

    async def remove_slot(self, slot: Slot) -> None:
        """Takes a slot away, with what it runs."""
        self.slots.pop(slot.name, None)
        if slot.content.running:
            await slot.content.running.end(drained=False)

    def settings_of(self, content: Content) -> dict[str, str]:
        merged = {**self._given(), **content.own}
        return {name: value for name, value in merged.items() if value is not None}

    def _given(self) -> dict[str, str]:
        """What every slot has unless somebody changes it there."""
        return {**OF_EVERY_APP, "WEBSITE_SITE_NAME": self.name, **self._base()}

    async def start(self) -> None:
        """Runs again what the slots held when the camp was closed."""
        for slot in self.slots.values():
            folder = slot.content.folder
            if folder and folder.is_dir():
                slot.content.running = await self._run(slot.content, folder)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        running = [slot.content.running for slot in self.slots.values() if slot.content.running]
        await asyncio.gather(*(one.end(drained=False) for one in (*running, *self._retiring)))

    def begin(self, slot: Slot, by: str, deployer: str, message: str) -> Deployment:
        self.must_be_free(slot)
        slot.deploying = Deployment(f"{self._rng.getrandbits(160):040x}", slot.name, by, deployer, message, time.time())
        slot.deploying.say(time.time(), _("Deployment to {slot} by {by}.").format(slot=slot.name, by=by))
        slot.content.deployments.append(slot.deploying)
        facts = {"slot": slot.name, "id": slot.deploying.id, "by": by, "commit": slot.deploying.commit}
        self.journal.add("azure.deployment_started", app=self.name, **facts)
        return slot.deploying

    async def finish(
        self, slot: Slot, deployment: Deployment, package: bytes | Path, remote_build: bool | None
    ) -> None:
        folder = self.folder / "deployments" / deployment.id
        try:
            if isinstance(package, bytes):
                package = await asyncio.to_thread(_written, self.new_package(), package)
            await self._unpack(slot, deployment, package, folder, remote_build)
            await self._replace(slot, deployment, folder)
        except (PackageError, OSError) as error:
            self._ended(slot, deployment, Status.FAILED, str(error))
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        except BaseException:
            self._ended(slot, deployment, Status.FAILED, _("The deployment was broken off."))
            raise
        else:
            self._ended(slot, deployment, Status.SUCCESS, "")
        finally:
            if isinstance(package, Path):
                await asyncio.to_thread(package.unlink, missing_ok=True)

    async def _unpack(
        self, slot: Slot, deployment: Deployment, package: Path, folder: Path, remote_build: bool | None
    ) -> None:
        if slot.settings.get(FROM_PACKAGE, "").lower().startswith(("http:", "https:")):
            words = _("{setting} is a URL: the app runs from there, and no zip deployment can replace it. Set it to 1.")
            raise PackageError(words.format(setting=FROM_PACKAGE))
        deployment.files = await asyncio.to_thread(unpack, package, folder)
        say = deployment.say
        say(time.time(), _("Unpacked {count} files.").format(count=len(deployment.files)))
        if inner := place_of_host_json(deployment.files):
            words = _("host.json is not at the root of the package but in {folder}: pack what is inside that folder.")
            say(time.time(), words.format(folder=inner))
        if _wants_build(slot, remote_build):
            deployment.status = Status.BUILDING
            for line in await asyncio.to_thread(check_build, folder, self._runner.python):
                say(time.time(), line)

    async def _replace(self, slot: Slot, deployment: Deployment, folder: Path) -> None:
        """Runs the new files in the place of the old ones."""
        deployment.status = Status.DEPLOYING
        deployment.folder = str(folder)
        content, old = slot.content, slot.content.running
        content.down = True
        try:
            content.running = await self._run(content, folder)
        finally:
            content.down = False
        content.folder = folder
        self.changes.append(Change(time.time(), "files", slot.name, deployment.by, deployment.id))
        deployment.errors = content.running.errors
        if old:
            self._later(self._retire(old))

    async def _retire(self, running: Running) -> None:
        """Ends an app that another one has followed, once it has finished what it does."""
        self._retiring.add(running)
        await running.end(drained=True)
        self._retiring.discard(running)

    async def _run(self, content: Content, folder: Path) -> Running:
        return await self._runner.start(folder, lambda: self.settings_of(content))

    def _ended(self, slot: Slot, deployment: Deployment, status: Status, why: str) -> None:
        deployment.ended_at = time.time()
        deployment.status, deployment.status_text = status, why
        slot.deploying = None
        for error in deployment.errors:
            deployment.say(time.time(), _("The app does not load: {why}").format(why=error))
        deployment.say(time.time(), why or _("Deployment successful."))
        self.journal.add(
            "azure.deployed", app=self.name, slot=slot.name, id=deployment.id, by=deployment.by,
            commit=deployment.commit, ok=deployment.ok, why=why, errors=deployment.errors, files=len(deployment.files),
        )  # fmt: skip
        self._later(asyncio.to_thread(self._forget_old, slot.content.deployments[:-KEPT_DEPLOYMENTS]))
        self._changed()

    def _forget_old(self, deployments: list[Deployment]) -> None:
        in_use = {str(slot.content.folder) for slot in self.slots.values()}
        for one in deployments:
            if one.folder and one.folder not in in_use:
                shutil.rmtree(one.folder, ignore_errors=True)
                one.folder = None

    async def set_settings(self, slot: Slot, changes: Mapping[str, str | None], by: str) -> None:
        self.must_be_free(slot)
        before = slot.settings
        given = self._given()
        for name, value in changes.items():
            if before.get(name) == value:
                continue  # so that what the local cloud gives stays its own to change
            if value is None and name not in given:
                slot.content.own.pop(name, None)
            else:
                slot.content.own[name] = value
        after = slot.settings
        names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if not names:
            return
        self.changes.append(Change(time.time(), "settings", slot.name, by, ", ".join(names)))
        self.journal.add("azure.settings_changed", app=self.name, slot=slot.name, names=names, by=by)
        self._changed()
        await slot.restart()

    async def at_rest(self) -> None:
        """Waits until no deployment and no swap is under way: some clients do not wait for what they have begun."""
        while self.swapping or any(slot.deploying for slot in self.slots.values()):  # noqa: ASYNC110 - two kinds of state
            await asyncio.sleep(LOOK_EVERY)

    async def swap(self, source: str, target: str, by: str) -> Swap:
        """Exchanges what two slots hold; `begin_swap` and `finish_swap` in one."""
        swap = self.begin_swap(source, target, by)
        await self.finish_swap(swap)
        return swap

    def begin_swap(self, source: str, target: str, by: str) -> Swap:
        """A swap, of which `finish_swap` must be called; NoSuchSlot, ValueError, or Busy."""
        one, other = self.slot(source), self.slot(target)
        if one is other:
            raise ValueError(_("A slot cannot be swapped with itself ({slot}).").format(slot=one.name))
        self.must_be_free(one)
        self.must_be_free(other)
        swap = self.swapping = Swap(len(self.swaps) + 1, one.name, other.name, by, time.time())
        self.swaps.append(swap)
        self.changes.append(Change(swap.asked_at, "swap", other.name, by, str(swap.number)))
        self.journal.add("azure.swap_asked", **self._facts(swap))
        return swap

    async def finish_swap(self, swap: Swap) -> None:
        """Warms up the source with the settings that stay at the target, exchanges the two without a request dropped,
        then gives the former app of the target the source's settings. What requests the former workers have begun they
        finish. A warm-up that fails does not stop it, as little as on Azure, where any answer counts."""
        one, other = self.slots[swap.source], self.slots[swap.target]
        try:
            for hook in self.on_swap_asked:
                await hook(swap)
            coming, going = one.content, other.content
            kept = {name: (coming.own.get(name), going.own.get(name)) for name in self.sticky}
            has = {name: (name in coming.own, name in going.own) for name in self.sticky}
            await self._prepare(coming, {name: there for name, (_here, there) in kept.items() if has[name][1]})
            one.content, other.content = going, coming
            swap.exchanged_at = time.time()
            await self._prepare(going, {name: here for name, (here, _there) in kept.items() if has[name][0]})
            swap.moved, swap.moved_back = (_id_of(content) for content in (coming, going))
        except BaseException as error:
            swap.failure = str(error) or type(error).__name__
            raise
        finally:
            swap.ended_at = time.time()
            self.swapping = None
            seconds = round(swap.ended_at - swap.asked_at, 3)
            facts = {**self._facts(swap), "ok": swap.ok, "why": swap.failure, "seconds": seconds}
            self.journal.add("azure.swapped", **facts, commit=self._commit_at(other))
            self._changed()

    async def _prepare(self, content: Content, sticky: Mapping[str, str | None]) -> None:
        """Gives it the settings that stay at a slot, and has its workers warm."""
        before = self.settings_of(content)
        content.own = {name: value for name, value in content.own.items() if name not in self.sticky} | dict(sticky)
        running = content.running
        if running and (before != self.settings_of(content) or not running.is_warm):
            await running.host.restart()

    def set_sticky(self, names: list[str]) -> None:
        """Which settings stay with their slot at a swap."""
        self.sticky = sorted(set(names))
        self._changed()

    def new_package(self) -> Path:
        """Where a package that comes in is written to; it is deleted once it is unpacked."""
        folder = self.folder / "packages"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{self._rng.getrandbits(64):016x}.zip"

    def must_be_free(self, slot: Slot) -> None:
        """Busy when neither a deployment to the slot nor a swap can begin."""
        if self.swapping:
            words = _("{source} and {target} are being swapped. Try again when that has ended.")
            raise Busy(words.format(source=self.swapping.source, target=self.swapping.target))
        if slot.deploying:
            words = _("A deployment to {slot} is under way ({by}). Try again when it has ended.")
            raise Busy(words.format(slot=slot.name, by=slot.deploying.by))

    def _facts(self, swap: Swap) -> dict[str, Any]:
        return {
            "app": self.name, "number": swap.number, "source": swap.source, "target": swap.target, "by": swap.by
        }  # fmt: skip

    @staticmethod
    def _commit_at(slot: Slot) -> str | None:
        return slot.content.deployed.commit if slot.content.deployed else None

    def _changed(self) -> None:
        for hear in self.on_change:
            hear()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _id_of(content: Content) -> str | None:
    return content.deployed.id if content.deployed else None


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _wants_build(slot: Slot, asked: bool | None) -> bool:
    """Whether Azure would install requirements.txt: the client asks for it, or settings at Kudu or of the app do."""
    if asked is not None:
        return asked
    found = {**slot.settings, **slot.build_settings}
    return any(found.get(name, "").strip().lower() in ("true", "1") for name in BUILD_SETTINGS)
