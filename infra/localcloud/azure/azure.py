"""The local Azure: one Function App with two slots, its endpoints behind one gate, and the front for everybody else.

Requests to the app come in by two ways: through the gate, at `https://<app>[-<slot>].azurewebsites.net`, and for a
browser, Slack and checks at `Slot.url`. Both lead to the same front.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from localcloud.functions.host_log import Sink
from localcloud.functions.http.front import MOST_BYTES
from localcloud.functions.workers.launching import Launcher
from localcloud.journal import Journal
from localcloud.messages import _
from localcloud.serving import Server

from .certificates import LOGIN, MANAGEMENT, client_environment, server_context
from .content import Runner
from .credentials import Credentials
from .deployment import Change, Swap
from .front import Front
from .gate import Gate
from .kudu import Kudu
from .resource_manager import ResourceManager
from .site import Site
from .slot import PRODUCTION, STAGING, Slot
from .state import State
from .tokens import Tokens

RESOURCE_GROUP = "serverless-camp"
AUTHORITY = "ca.pem"


@dataclass(frozen=True)
class Outside:
    """What a job needs to reach this Azure: variables, ports of this computer, and files that it must be able to
    read."""

    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    files: tuple[Path, ...] = ()


class Azure:
    """All of it, on one event loop. `folder` keeps deployed files, the authority's certificate and what the slots hold.

    `python` runs the workers. `settings` gives the app settings that each slot has from the local cloud. `launcher_for`
    starts the workers of the app in a folder. `fast` is for checks; `idle` (seconds) scales to zero; `sink` hears what
    the apps log.
    """

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        rng: random.Random,
        python: Path,
        *,
        settings: Callable[[], Mapping[str, str]],
        launcher_for: Callable[[Path], Awaitable[Launcher]],
        fast: bool,
        idle: float | None = None,
        sink: Sink | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.journal = journal
        self._state = State(self.folder / "state.json")
        self.known = self._state.credentials() or Credentials.new(rng, (PRODUCTION, STAGING))
        name = self._state.name() or f"camp-bot-{rng.getrandbits(24):06x}"
        runner = Runner(python, journal, launcher_for, fast, idle, sink)
        self.site = Site(self.folder, name, RESOURCE_GROUP, runner, rng, settings)
        self._state.restore(self.site)
        self.site.on_change.append(lambda: self._state.keep(self.site, self.known))
        self._front = Front()
        self._tokens = Tokens(self.known, rng)
        self._kudu = Kudu(self.known, self._tokens)
        self._manager = ResourceManager(self.site, self.known, self._tokens, self._kudu, rng)
        self._servers: list[Server] = []
        self._gate: Gate | None = None

    async def start(self, gate_port: int = 0, front_port: int = 0, staging_port: int = 0) -> None:
        """Serves, and runs what the slots held before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        context = await asyncio.to_thread(server_context, self.authority)
        endpoint = Server(_application(self._by_name), tls=context)
        await endpoint.start()
        self._servers = [endpoint]
        for slot, port in ((self.site.slot(PRODUCTION), front_port), (self.site.slot(STAGING), staging_port)):
            server = Server(_application(self._front_of(slot)), port)
            await server.start()
            slot.url = server.url
            self._servers.append(server)
        self._gate = Gate(endpoint.port)
        await self._gate.start(gate_port)
        await self.site.start()
        self._state.keep(self.site, self.known)

    async def stop(self) -> None:
        if self._gate:
            await self._gate.stop()
        await self._kudu.stop()
        await self._manager.stop()
        await asyncio.gather(*(server.stop() for server in self._servers))
        await self.site.stop()

    @property
    def authority(self) -> Path:
        """The certificate that clients must trust."""
        return self.folder / AUTHORITY

    @property
    def gate_port(self) -> int:
        assert self._gate
        return self._gate.port

    @property
    def refused(self) -> list[str]:
        """Hosts that the gate has refused, the latest last."""
        return self._gate.refused if self._gate else []

    @property
    def swaps(self) -> list[Swap]:
        return self.site.swaps

    @property
    def changes(self) -> list[Change]:
        """Everything that counts as deployed, oldest first: files, settings, swaps that were asked for."""
        return self.site.changes

    @property
    def on_swap_asked(self) -> list[Callable[[Swap], Awaitable[None]]]:
        """Are awaited before a swap begins."""
        return self.site.on_swap_asked

    @property
    def oidc_key(self) -> str:
        """With which the local GitHub signs identity tokens: `localcloud.azure.federation.signed(claims, key)`. A token
        without its signature is refused."""
        return self.known.oidc_key

    async def swap(self, source: str, target: str, by: str = "camp") -> Swap:
        return await self.site.swap(source, target, by)

    def outside(self) -> Outside:
        environment = client_environment(self.authority, self.gate_port)
        return Outside(environment, (self.gate_port,), (self.authority,))

    def credentials(self) -> dict[str, str]:
        """What the secret AZURE_CREDENTIALS holds, as JSON."""
        return self.known.azure_credentials()

    def publish_profile(self, slot: str = STAGING) -> str:
        return self.known.publish_profile(self.site.slot(slot))

    def variables(self) -> dict[str, str]:
        """The variables of a repository that deploys here."""
        return {"FUNCTIONAPP_NAME": self.site.name, "RESOURCE_GROUP": self.site.resource_group, **self._ids()}

    def secrets(self) -> dict[str, str]:
        """The secrets of a repository that deploys here."""
        return {
            "AZURE_CREDENTIALS": json.dumps(self.credentials(), indent=2),
            "AZURE_FUNCTIONAPP_PUBLISH_PROFILE": self.publish_profile(),
            **self._ids(),
        }

    def _ids(self) -> dict[str, str]:
        return {
            "AZURE_CLIENT_ID": self.known.client_id,
            "AZURE_TENANT_ID": self.known.tenant_id,
            "AZURE_SUBSCRIPTION_ID": self.known.subscription_id,
        }

    def _front_of(self, slot: Slot) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._front.answer(slot, request)

        return answer

    async def _by_name(self, request: web.Request) -> web.StreamResponse:
        """The HTTPS endpoint: whose name was called?"""
        host = request.host.partition(":")[0].lower()
        if host == LOGIN:
            return await self._tokens.answer(request)
        if host == MANAGEMENT:
            return await self._manager.answer(request)
        for slot in self.site.slots.values():
            if host == slot.scm_host_name:
                return await self._kudu.answer(slot, request)
            if host == slot.host_name:
                return await self._front.answer(slot, request)
        names = ", ".join(slot.host_name for slot in self.site.slots.values())
        text = _("404 Web Site not found: {host}. There are here: {names}.").format(host=host, names=names)
        return web.Response(status=404, text=text)


def _application(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.Application:
    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_route("*", "/{path:.*}", answer)
    return app
