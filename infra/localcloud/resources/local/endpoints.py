"""What Azure's own clients call, for everything of one subscription, behind one CONNECT gate: Resource Manager, the
token endpoint, the data of key vaults, and for each app its address and its Kudu."""

import asyncio
from pathlib import Path

from aiohttp import web

from localcloud.azure.azure import AUTHORITY, Outside
from localcloud.azure.certificates import LOGIN, MANAGEMENT, client_environment, server_context
from localcloud.azure.gate import Gate
from localcloud.azure.packages import MOST_PACKED
from localcloud.azure.tokens import Tokens
from localcloud.messages import _
from localcloud.serving import Server

from .apps import Apps
from .manager import Manager

VAULTS = "vault.azure.net"


class Endpoints:
    """The certificate that clients must trust is written into `folder`."""

    def __init__(self, folder: Path, apps: Apps, tokens: Tokens, manager: Manager) -> None:
        self.authority = folder / AUTHORITY
        self._apps = apps
        self._tokens = tokens
        self._manager = manager
        self._server: Server | None = None
        self._gate: Gate | None = None

    async def start(self, gate_port: int = 0) -> None:
        context = await asyncio.to_thread(server_context, self.authority, (f"*.{VAULTS}",))
        app = web.Application(client_max_size=MOST_PACKED)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = Server(app, tls=context)
        await self._server.start()
        self._gate = Gate(self._server.port, (VAULTS,))
        await self._gate.start(gate_port)

    async def stop(self) -> None:
        if self._gate:
            await self._gate.stop()
        if self._server:
            await self._server.stop()

    def outside(self) -> Outside:
        """What a client needs to come in."""
        assert self._gate
        environment = client_environment(self.authority, self._gate.port)
        return Outside(environment, (self._gate.port,), (self.authority,))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        host = request.host.partition(":")[0].lower()
        if host == LOGIN:
            return await self._tokens.answer(request)
        if host == MANAGEMENT:
            return await self._manager.answer(request)
        if host.endswith(f".{VAULTS}"):
            return await self._manager.answer_for_vault(host.removesuffix(f".{VAULTS}"), request)
        for app, slot in self._apps.slots():
            if host == slot.scm_host_name.lower():
                return await app.kudu.answer(slot, request)
            if host == slot.host_name.lower():
                return await self._apps.answer(slot, request)
        names = ", ".join(slot.host_name.lower() for _app, slot in self._apps.slots()) or "-"
        text = _("404 Web Site not found: {host}. There are here: {names}.").format(host=host, names=names)
        return web.Response(status=404, text=text)
