"""Kudu, `<app>[-<slot>].scm.azurewebsites.net`: settings of the next deployment, zip deployments, and their history."""

import asyncio
import base64
import binascii
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from aiohttp import web

from localcloud.messages import _

from .credentials import Credentials
from .deployment import Deployment
from .packages import MOST_PACKED
from .routing import Routes
from .slot import Busy, Slot
from .tokens import Tokens

CHUNK = 1 << 16
YES = ("true", "1", "yes")
STATUS_TEXTS = {0: "Pending", 1: "Building", 2: "Deploying", 3: "", 4: ""}


class TooLarge(Exception):
    """A package is larger than one may be."""


class Call:
    """One request: which slot, who asks, and the parts of the path."""

    def __init__(self, request: web.Request, slot: Slot, by: str, parts: dict[str, str]) -> None:
        self.request, self.slot, self.by, self.parts = request, slot, by, parts

    def asked(self, name: str) -> str:
        """A parameter of the query, in any case."""
        return next((value for key, value in self.request.query.items() if key.lower() == name.lower()), "")


class Kudu:
    """The deployment engine of all slots. `without_profiles` are the slots whose publish profiles are switched off, by
    the policy `basicPublishingCredentialsPolicies/scm`."""

    def __init__(self, credentials: Credentials, tokens: Tokens) -> None:
        self._credentials = credentials
        self._tokens = tokens
        self.without_profiles: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        table: list[tuple[str, str, Callable[[Call], Awaitable[web.StreamResponse]]]] = [
            ("GET", "/", self._home),
            ("GET", "/api/settings", self._settings),
            ("POST", "/api/settings", self._set),
            ("GET", "/api/settings/{name}", self._setting),
            ("DELETE", "/api/settings/{name}", self._unset),
            ("POST", "/api/zipdeploy", self._zip_deploy),
            ("POST", "/api/publish", self._publish),
            ("GET", "/api/isdeploying", self._is_deploying),
            ("GET", "/api/deployments", self._deployments),
            ("GET", "/api/deployments/{id}", self._deployment),
            ("GET", "/api/deployments/{id}/log", self._log),
            ("GET", "/api/deployments/{id}/log/{entry}", self._entry),
            ("GET", "/api/vfs/site/deployments/{id}/manifest", self._manifest),
        ]
        self._routes = Routes(table)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def answer(self, slot: Slot, request: web.Request) -> web.StreamResponse:
        by = self._who(slot, request.headers.get("Authorization", ""))
        if by is None:
            slot.site.journal.add("azure.refused", slot=slot.name, what=request.path, why="credentials")
            headers = {"WWW-Authenticate": f'Basic realm="{slot.scm_host_name}"'}
            return web.Response(status=401, text=self._why_not(slot), headers=headers)
        found = self._routes.find(request.method, request.path)
        if found is None:
            words = _("The local Kudu has no {method} {path}.")
            return web.Response(status=404, text=words.format(method=request.method, path=request.path))
        handler, parts = found
        try:
            return await handler(Call(request, slot, by, parts))
        except Busy as busy:
            return web.json_response({"Message": str(busy)}, status=409)
        except TooLarge:
            words = _("The package has more than {most} MB. Leave out what the app does not need.")
            return web.json_response({"Message": words.format(most=MOST_PACKED // 1_000_000)}, status=413)

    def _who(self, slot: Slot, authorization: str) -> str | None:
        """Who asks, in words; None when they may not."""
        kind, _space, given = authorization.partition(" ")
        if kind.lower() != "basic":
            return self._tokens.owner_of(authorization)
        try:
            user, _colon, password = base64.b64decode(given).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        if slot.name not in self.without_profiles and self._credentials.may_publish(slot, user, password):
            return _("publish profile of {slot}").format(slot=slot.name)
        return None

    def _why_not(self, slot: Slot) -> str:
        if slot.name in self.without_profiles:
            return _("Publish profiles are switched off for this app (SCM Basic Auth Publishing Credentials).")
        words = _("401 - Unauthorized: take the publish profile of the slot {slot} ({host}), or a token of az login.")
        return words.format(slot=slot.name, host=slot.scm_host_name)

    def allow_profiles(self, slot: Slot, allowed: bool) -> None:
        """Whether the slot's publish profile may be used."""
        (self.without_profiles.discard if allowed else self.without_profiles.add)(slot.name)

    async def _home(self, call: Call) -> web.StreamResponse:
        return web.Response(text=f"Kudu of {call.slot.full_name}")

    async def _settings(self, call: Call) -> web.StreamResponse:
        return web.json_response({**call.slot.settings, **call.slot.build_settings})

    async def _setting(self, call: Call) -> web.StreamResponse:
        found = {**call.slot.settings, **call.slot.build_settings}.get(call.parts["name"])
        return web.json_response(found, status=200 if found is not None else 404)

    async def _set(self, call: Call) -> web.StreamResponse:
        """They hold for deployments, and do not reach the app."""
        try:
            given = await call.request.json()
        except ValueError:
            given = None
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            return web.json_response({"Message": _("Send a JSON object of strings.")}, status=400)
        call.slot.build_settings.update(given)
        return web.Response(status=204)

    async def _unset(self, call: Call) -> web.StreamResponse:
        call.slot.build_settings.pop(call.parts["name"], None)
        return web.Response(status=204)

    async def _zip_deploy(self, call: Call) -> web.StreamResponse:
        package = await received(call.slot, call.request)
        deployment = self._begun(call, package)
        if call.asked("isAsync").lower() in YES:
            self._later(call.slot.finish(deployment, package))
            place = f"https://{call.slot.scm_host_name}/api/deployments/{deployment.id}"
            return web.Response(status=202, headers={"Location": place})
        await call.slot.finish(deployment, package)
        return web.json_response(_shown(call.slot, deployment), status=200 if deployment.ok else 400)

    async def _publish(self, call: Call) -> web.StreamResponse:
        """As Flex Consumption takes packages, here for the app as it is."""
        kind = call.asked("type").lower()
        if kind not in ("", "zip"):
            words = _("The local Kudu takes type=zip, not {kind}.")
            return web.json_response({"Message": words.format(kind=kind)}, status=400)
        package = await received(call.slot, call.request)
        deployment = self._begun(call, package)
        build = call.asked("remoteBuild").lower()
        self._later(call.slot.finish(deployment, package, remote_build=build in YES if build else None))
        return web.json_response(deployment.id, status=202)

    @staticmethod
    def _begun(call: Call, package: Path) -> Deployment:
        try:
            return call.slot.begin(call.by, deployer=call.asked("deployer"), message=call.asked("message"))
        except Busy:
            package.unlink(missing_ok=True)
            raise

    async def _is_deploying(self, call: Call) -> web.StreamResponse:
        return web.json_response({"value": call.slot.deploying is not None})

    async def _deployments(self, call: Call) -> web.StreamResponse:
        return web.json_response([_shown(call.slot, one) for one in reversed(call.slot.deployments)])

    async def _deployment(self, call: Call) -> web.StreamResponse:
        one = _found(call)
        if one is None:
            return _no_deployment(call)
        place = f"https://{call.slot.scm_host_name}/api/deployments/{one.id}"
        return web.json_response(_shown(call.slot, one), status=200 if one.ended else 202, headers={"Location": place})

    async def _log(self, call: Call) -> web.StreamResponse:
        one = _found(call)
        if one is None:
            return _no_deployment(call)
        place = f"https://{call.slot.scm_host_name}/api/deployments/{one.id}/log"
        lines = [
            {
                "log_time": _time(line.at), "id": str(number), "message": line.text, "type": 0,
                "details_url": f"{place}/{number}",
            }
            for number, line in enumerate(one.log)
        ]  # fmt: skip
        return web.json_response(lines)

    async def _entry(self, call: Call) -> web.StreamResponse:
        one, entry = _found(call), call.parts["entry"]
        if one is None or not entry.isdecimal() or int(entry) >= len(one.log):
            return _no_deployment(call)
        line = one.log[int(entry)]
        return web.json_response([{"log_time": _time(line.at), "id": entry, "message": line.text, "type": 0}])

    async def _manifest(self, call: Call) -> web.StreamResponse:
        one = _found(call)
        return web.Response(text="\n".join(one.files)) if one and one.ok else _no_deployment(call)

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logging.getLogger("azure").error("%s: %s", type(error).__name__, error)


async def received(slot: Slot, request: web.Request) -> Path:
    """The body, in a file; TooLarge. Busy at once when nothing could be done with it."""
    slot.site.must_be_free(slot)
    if (request.content_length or 0) > MOST_PACKED:
        raise TooLarge
    path = slot.site.new_package()
    size = 0
    try:
        with await asyncio.to_thread(open, path, "wb") as file:
            async for data in request.content.iter_chunked(CHUNK):
                size += len(data)
                if size > MOST_PACKED:
                    raise TooLarge
                file.write(data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _found(call: Call) -> Deployment | None:
    wanted, known = call.parts["id"], call.slot.deployments
    if wanted.lower() == "latest":
        return known[-1] if known else None
    everywhere = [one for slot in call.slot.site.slots.values() for one in slot.deployments]
    return next((one for one in [*known, *everywhere] if one.id == wanted), None)


def _no_deployment(call: Call) -> web.Response:
    words = _("No deployment {id}.").format(id=call.parts["id"])
    return web.json_response({"Message": words}, status=404)


def _shown(slot: Slot, one: Deployment) -> dict[str, Any]:
    """A deployment as Kudu shows it."""
    place = f"https://{slot.scm_host_name}/api/deployments/{one.id}"
    return {
        "id": one.id,
        "status": int(one.status),
        "status_text": one.status_text or STATUS_TEXTS[int(one.status)],
        "author_email": "N/A",
        "author": "N/A",
        "deployer": one.deployer or "Push-Deployer",
        "message": one.message or "Created via a push deployment",
        "progress": "" if one.ended else one.last_line,
        "received_time": _time(one.received_at),
        "start_time": _time(one.received_at),
        "end_time": _time(one.ended_at) if one.ended_at else None,
        "last_success_end_time": _time(one.ended_at) if one.ended_at and one.ok else None,
        "complete": one.ended,
        "active": slot.content.deployed is one,
        "is_temp": False,
        "is_readonly": True,
        "url": place,
        "log_url": f"{place}/log",
        "site_name": slot.full_name,
    }


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
