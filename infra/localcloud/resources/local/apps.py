"""The function apps of a subscription, running: each with its slots, what was deployed to them, and its settings.

A slot's own settings are the texts that the model keeps. What an app gets of them is worked out whenever it loads: with
references resolved as its identity may read them at that moment, and with public addresses led to the local accounts.
"""

import asyncio
import logging
import random
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from localcloud.azure.content import Content, Runner, Running
from localcloud.azure.credentials import Credentials
from localcloud.azure.deployment import Deployment, Swap
from localcloud.azure.front import Front
from localcloud.azure.kudu import Kudu
from localcloud.azure.packages import PackageError
from localcloud.azure.resource_manager import ResourceManager
from localcloud.azure.site import Site
from localcloud.azure.slot import PRODUCTION, Slot
from localcloud.azure.state import State
from localcloud.azure.tokens import Tokens
from localcloud.functions.http.front import MOST_BYTES
from localcloud.messages import _
from localcloud.serving import Server

from .. import effects, ids, references
from ..errors import EffectFailed
from ..store import Resource
from ..types import web as sites
from .effects import Ports

if TYPE_CHECKING:
    from ..model import Model

Texts = Mapping[str, str]


class AppSite(Site):
    """A function app of the model. `resolve` gives what the app in a slot gets for the texts of its settings; `keep`
    is called with a slot's settings after a swap."""

    def __init__(
        self, folder: Path, name: str, group: str, runner: Runner, rng: random.Random,
        resolve: Callable[[Slot, Texts], dict[str, str]], keep: Callable[[Slot, Texts], None],
    ) -> None:  # fmt: skip
        super().__init__(folder, name, group, runner, rng, dict, slots=())
        self.state = State(folder / "state.json")
        self.state.restore(self)
        self.runtimes: dict[str, str] = {}  # linuxFxVersion by slot
        self.stopped: set[str] = set()  # slots whose app is switched off
        self.deleted = False
        self.on_change.append(lambda: self.state.keep(self))
        self._resolve = resolve
        self._keep = keep
        self._had: dict[Content, dict[str, str]] = {}  # what each app got when it was loaded

    def settings_of(self, content: Content) -> dict[str, str]:
        slot = next((one for one in self.slots.values() if one.content is content), None)
        return self._resolve(slot, _texts(content)) if slot else {}

    async def give(self, slot: Slot, texts: Texts) -> None:
        """The settings from now on. An app that was loaded with others is restarted."""
        slot.content.own = dict(texts)
        await self.refresh(slot)

    async def refresh(self, slot: Slot) -> None:
        """Restarts the app if it would get other settings now."""
        had = self._had.get(slot.content)
        if slot.content.running and had is not None and had != slot.settings:
            await slot.restart()

    async def look_again(self, slot: Slot) -> None:
        """Restarts the app if a reference can be resolved that could not be."""
        had, now = self._had.get(slot.content, {}), slot.settings
        if any(references.is_reference(text) and now.get(name) != text for name, text in had.items()):
            await self.refresh(slot)

    async def switch(self, slot: Slot, enabled: bool) -> None:
        """Runs what the slot holds, or ends it; EffectFailed."""
        content = slot.content
        if not enabled:
            self.stopped.add(slot.name)
            running, content.running = content.running, None
            if running:
                await running.end(drained=False)
            return
        self.stopped.discard(slot.name)
        if content.running is None and content.folder and content.folder.is_dir():
            try:
                content.running = await self._run(content, content.folder)
            except (PackageError, OSError) as error:
                raise EffectFailed(str(error)) from error

    async def remove_slot(self, slot: Slot) -> None:
        await super().remove_slot(slot)
        self._had.pop(slot.content, None)

    async def finish(
        self, slot: Slot, deployment: Deployment, package: bytes | Path, remote_build: bool | None
    ) -> None:
        await super().finish(slot, deployment, package, remote_build)
        await self.refresh(slot)  # settings may have changed meanwhile

    async def finish_swap(self, swap: Swap) -> None:
        await super().finish_swap(swap)
        for slot in (self.slots[swap.source], self.slots[swap.target]):
            self._keep(slot, _texts(slot.content))

    async def _unpack(
        self, slot: Slot, deployment: Deployment, package: Path, folder: Path, remote_build: bool | None
    ) -> None:
        runtime = self.runtimes.get(slot.name, "")
        if not runtime.lower().startswith("python"):
            words = _("The app's runtime is {runtime}, and the local cloud runs Python: set python_version.")
            raise PackageError(words.format(runtime=runtime or _("not set")))
        await super()._unpack(slot, deployment, package, folder, remote_build)

    async def _run(self, content: Content, folder: Path) -> Running:
        def settings() -> dict[str, str]:
            self._had[content] = self.settings_of(content)
            return self._had[content]

        running = await self._runner.start(folder, settings)
        if self.deleted or not any(slot.content is content for slot in self.slots.values()):
            await running.end(drained=False)
            raise PackageError(_("The app has been deleted meanwhile."))
        return running


def _texts(content: Content) -> dict[str, str]:
    return {name: text for name, text in content.own.items() if text is not None}


@dataclass
class App:
    """A function app, and what answers for it."""

    site: AppSite
    known: Credentials  # with the passwords of its publish profiles
    kudu: Kudu
    manager: ResourceManager
    servers: dict[str, Server] = field(default_factory=dict)  # the front of each slot


class Apps:
    """All apps of one subscription: what the model makes of `Microsoft.Web/sites`. Use `attach`, then `start`."""

    def __init__(self, folder: Path, runner: Runner, rng: random.Random, more: Callable[[], Texts]) -> None:
        self.apps: dict[str, App] = {}  # by their name in lower case
        self._folder = folder
        self._runner = runner
        self._rng = rng
        self._more = more
        self._ports = Ports(folder / "ports.json", None)
        self._front = Front()
        self._started = False
        self._tasks: set[asyncio.Future[None]] = set()

    def attach(self, model: "Model", known: Credentials, tokens: Tokens) -> None:
        """`known` are the credentials of whoever applies, who signs in for `tokens`."""
        self._model, self._known, self._tokens = model, known, tokens

    async def start(self) -> None:
        """Runs what the slots held before. (Until then all that an app may need is not there yet.) What nobody holds is
        deleted: of apps that have gone meanwhile, and of deployments that were broken off."""
        self._started = True
        await asyncio.to_thread(self._clear)
        await asyncio.gather(*(self._start(app, slot) for app, slot in self.slots()))

    async def _start(self, app: "App", slot: Slot) -> None:
        """An app that cannot be run leaves the others running."""
        try:
            await app.site.switch(slot, slot.name not in app.site.stopped)
        except EffectFailed as error:
            logging.getLogger("resources").error("%s: %s", slot.full_name, error)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*map(self._end, self.apps.values()))

    def app(self, name: str) -> App:
        """EffectFailed when there is no such app."""
        found = self.apps.get(name.lower())
        if found is None:
            known = ", ".join(one.site.name for one in self.apps.values()) or "-"
            raise EffectFailed(_("There is no function app {name}. There are: {known}.").format(name=name, known=known))
        return found

    def latest(self) -> Slot | None:
        """The slot production to which was deployed last."""
        found = [(one.content.deployed, one) for _app, one in self.slots() if one.name == PRODUCTION]
        deployed = [(done.ended_at or 0.0, slot) for done, slot in found if done]
        return max(deployed, key=lambda one: one[0])[1] if deployed else None

    def slots(self) -> list[tuple[App, Slot]]:
        return [(app, slot) for app in self.apps.values() for slot in app.site.slots.values()]

    def look_again(self) -> None:
        """A role or a secret is new: apps whose references can be resolved now are restarted."""
        for app, slot in self.slots():
            if slot.content.running:
                self._later(app.site.look_again(slot))

    # --- What the model asks for --------------------------------------------------------------------------------------

    async def put(self, site: effects.Site) -> None:
        name = site.slot or PRODUCTION
        app = self.apps.get(site.name.lower()) or self._new(site)
        slot = app.site.slots.get(name.lower()) or await self._new_slot(app, name)
        resource = self._resource(slot)
        assert resource
        app.known.publish_passwords[slot.name] = resource.hidden["password"]
        app.kudu.allow_profiles(slot, site.profiles)
        app.site.runtimes[slot.name] = site.runtime
        if slot.name == PRODUCTION:
            app.site.sticky = resource.hidden.get("sticky", {}).get("appSettingNames") or []
        if not self._started:
            slot.content.own = dict(sites.settings(resource))
            app.site.stopped = app.site.stopped - {slot.name} | (set() if site.enabled else {slot.name})
            return
        await app.site.give(slot, sites.settings(resource))
        await app.site.switch(slot, site.enabled)

    async def remove(self, id: str) -> None:
        names = ids.parse(id).names
        app = self.apps.get(names[0].lower())
        if app is None:
            return
        if len(names) == 1:
            del self.apps[names[0].lower()]
            app.site.deleted = True
            await self._end(app)
            for name in app.site.slots:
                self._ports.forget(f"{names[0].lower()}/{name}")
            await asyncio.to_thread(shutil.rmtree, app.site.folder, ignore_errors=True)
        elif gone := app.site.slots.get(names[1].lower()):
            await app.servers.pop(gone.name).stop()
            await app.site.remove_slot(gone)
            self._ports.forget(f"{names[0].lower()}/{gone.name}")
            app.site.state.keep(app.site)

    def _new(self, site: effects.Site) -> App:
        known = replace(self._known, publish_passwords={})
        group = ids.parse(site.id).group or ""
        folder = self._folder / site.name.lower()
        made = AppSite(folder, site.name, group, self._runner, self._rng, self._resolved, self._keep)
        kudu = Kudu(known, self._tokens)
        app = App(made, known, kudu, ResourceManager(made, known, self._tokens, kudu, self._rng))
        self.apps[site.name.lower()] = app
        return app

    async def _new_slot(self, app: App, name: str) -> Slot:
        slot = app.site.add_slot(name, app.site.state.content(name.lower()))
        key = f"{app.site.name.lower()}/{slot.name}"
        served = web.Application(client_max_size=MOST_BYTES)
        served.router.add_route("*", "/{path:.*}", partial(self.answer, slot))
        server = app.servers[slot.name] = Server(served, self._ports.wanted(key))
        await server.start()
        slot.url = server.url
        await self._ports.took(key, server.port)
        return slot

    async def answer(self, slot: Slot, request: web.Request) -> web.StreamResponse:
        """A request to an app."""
        assert isinstance(slot.site, AppSite)
        if slot.name in slot.site.stopped:
            text = _("403: {app} is stopped.").format(app=slot.full_name)
            return web.Response(status=403, text=text)
        return await self._front.answer(slot, request)

    # --- Settings -----------------------------------------------------------------------------------------------------

    def _resource(self, slot: Slot) -> Resource | None:
        """The row of the model that a slot is of; None when it has just been deleted."""
        type, more = (sites.SITE, []) if slot.name == PRODUCTION else (sites.SLOT, [slot.name])
        for one in self._model.store.of_type(type):
            if [name.lower() for name in ids.parse(one.id).names] == [slot.site.name.lower(), *more]:
                return one
        return None

    def _resolved(self, slot: Slot, texts: Texts) -> dict[str, str]:
        resource = self._resource(slot)
        principal = sites.principal(self._model, resource) if resource else None
        found = references.resolved(self._model, texts, principal)
        return {"WEBSITE_SITE_NAME": slot.site.name, "WEBSITE_HOSTNAME": slot.host_name, **self._more(), **found}

    def _keep(self, slot: Slot, texts: Texts) -> None:
        """The settings that a slot has after a swap are the model's, too."""
        if (resource := self._resource(slot)) is None:
            return
        self._model.store.put(replace(resource, hidden={**resource.hidden, "settings": dict(texts)}))

    def _clear(self) -> None:
        for folder in _folders(self._folder):
            app = self.apps.get(folder.name)
            if app is None:
                shutil.rmtree(folder, ignore_errors=True)
                continue
            held = {one.id for slot in app.site.slots.values() for one in slot.deployments}
            gone = [one for one in _folders(folder / "deployments") if one.name not in held]
            for one in (folder / "packages", *gone):
                shutil.rmtree(one, ignore_errors=True)

    async def _end(self, app: App) -> None:
        await asyncio.gather(app.kudu.stop(), app.manager.stop(), *(one.stop() for one in app.servers.values()))
        await app.site.stop()

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Future[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logging.getLogger("resources").error("%s: %s", type(error).__name__, error)


def _folders(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []
