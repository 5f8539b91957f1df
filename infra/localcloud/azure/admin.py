"""What the portal and `camp deploy` may see and do: under `/admin`, with the token that this process was given."""

import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.event_stream import since
from localcloud.messages import _

from .deployment import Deployment
from .packages import MOST_PACKED
from .slot import Busy, NoSuchSlot, Slot

if TYPE_CHECKING:
    from .azure import Azure

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SHOWN_DEPLOYMENTS, SHOWN_SWAPS, SHOWN_FILES = 20, 30, 200
BY = ("camp deploy", "portal")


def application(azure: "Azure", token: str | None) -> web.Application:
    """`/healthz` for whoever waits; without a token nothing else."""
    app = web.Application(client_max_size=MOST_PACKED)
    app.router.add_get("/healthz", _healthy)
    if token:
        admin = Admin(azure)
        routes: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/admin/state", admin.state),
            ("GET", "/admin/journal", admin.journal),
            ("GET", "/admin/deployments/{id}", admin.deployment),
            ("POST", "/admin/deploy", admin.deploy),
            ("POST", "/admin/swap", admin.swap),
        )
        app.add_routes([web.route(method, path, _with_token(handler, token)) for method, path, handler in routes])
    return app


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


def _with_token(handler: Handler, token: str) -> Handler:
    wanted = f"Bearer {token}".encode()

    async def guarded(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, wanted):
            return web.Response(status=401)
        try:
            return await handler(request)
        except Busy as busy:
            return web.json_response({"error": str(busy)}, status=409)
        except (NoSuchSlot, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return guarded


class Admin:
    """Looks at one local Azure, deploys to its slots and swaps them."""

    def __init__(self, azure: "Azure") -> None:
        self._azure = azure

    async def state(self, _request: web.Request) -> web.Response:
        return web.json_response(self._state())

    def _state(self) -> dict[str, Any]:
        site = self._azure.site
        swapping = site.swapping.to_json() if site.swapping else None
        return {
            "name": site.name, "resource_group": site.resource_group, "swapping": swapping, "sticky": site.sticky,
            "slots": [self._slot(slot) for slot in site.slots.values()],
            "swaps": [one.to_json() for one in site.swaps[-SHOWN_SWAPS:]],
        }  # fmt: skip

    def _slot(self, slot: Slot) -> dict[str, Any]:
        deployed = slot.content.deployed
        return {
            "name": slot.name, "url": slot.url, "host": slot.host_name, "errors": slot.errors,
            "settings": sorted(slot.settings), "deployed": deployed.id if deployed else None,
            "deploying": slot.deploying.id if slot.deploying else None,
            "deployments": [shown(one) for one in slot.deployments[-SHOWN_DEPLOYMENTS:]],
        }  # fmt: skip

    async def journal(self, request: web.Request) -> web.Response:
        return web.json_response([entry.to_json() for entry in self._azure.journal.since(since(request))])

    async def deployment(self, request: web.Request) -> web.Response:
        """With its log and the names of its files."""
        everywhere = [one for slot in self._azure.site.slots.values() for one in slot.deployments]
        found = next((one for one in everywhere if one.id == request.match_info["id"]), None)
        if found is None:
            return web.json_response({"error": _("There is no such deployment.")}, status=404)
        return web.json_response(with_log(found))

    async def deploy(self, request: web.Request) -> web.Response:
        """The body is a zip file; `slot`, `by` and `message` are in the query. Answers when it has ended."""
        slot = self._azure.site.slot(request.query.get("slot", ""))
        by, message = _by(request.query.get("by")), request.query.get("message", "")
        done = await slot.deploy(await request.read(), by, deployer="camp", message=message)
        return web.json_response(with_log(done))

    async def swap(self, request: web.Request) -> web.Response:
        """`source` and `target` in the query. Answers when it has ended."""
        names = request.query.get("source", "staging"), request.query.get("target", "production")
        swap = await self._azure.swap(*names, _by(request.query.get("by")))
        return web.json_response({**self._state(), "swap": swap.to_json()})


def _by(given: str | None) -> str:
    return given if given in BY else BY[0]


def shown(one: Deployment) -> dict[str, Any]:
    """A deployment, in short."""
    return {
        "id": one.id, "by": one.by, "deployer": one.deployer, "commit": one.commit, "at": one.received_at,
        "ended_at": one.ended_at, "ok": one.ok, "ended": one.ended, "why": one.status_text, "errors": one.errors,
        "files": len(one.files), "slot": one.slot,
        "package": Path(one.message).name if one.deployer == "camp" and one.message else None,
    }  # fmt: skip


def with_log(one: Deployment) -> dict[str, Any]:
    names = one.files[:SHOWN_FILES]
    return {**shown(one), "log": [[line.at, line.text] for line in one.log], "names": names}
