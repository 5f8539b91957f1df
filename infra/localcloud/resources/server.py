"""The model over HTTP, on loopback, for whoever has the token: Resource Manager, and the data of key vaults.

`/subscriptions/...` are resources: GET, PUT, PATCH, DELETE, and POST for actions such as `listKeys`.
`/vaults/<vault>/secrets/...` are secrets, as `https://<vault>.vault.azure.net/secrets/...` has them.
`/me` says who the token belongs to. Answers come at once: nothing is polled.
What comes in here is an apply's work: `history` keeps what it wrote, and `/overview` shows what differs from it now.
"""

import hmac
import json
import logging
import re
import secrets as random_secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from localcloud.http_loopback import only_from_loopback
from localcloud.loopback import LOOPBACK, listen

from . import roles, secrets
from .errors import ResourceError, bad
from .ids import parse
from .model import Model
from .overview.admin import Overview
from .overview.history import APPLY, CLIENT, History
from .types.vaults import VAULT, deleted

MOST_BYTES = 4 * 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ResourceServer:
    """Serves a model until `stop`; `url` and `token` are what a client needs. `more` are routes besides the model's."""

    def __init__(self, model: Model, token: str | None = None, more: Sequence[web.RouteDef] = ()) -> None:
        self.model = model
        self.token = token or random_secrets.token_urlsafe(32)
        self.history = History(model)
        self.overview = Overview(model, self.history)
        self.url = ""
        self._more = more
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        app = web.Application(middlewares=[self._guard], client_max_size=MOST_BYTES)
        app.router.add_get("/me", self._me)
        app.add_routes([*self.overview.routes(), *self._more])
        app.router.add_route("*", "/vaults/{vault}/{rest:.*}", self._vault)
        app.router.add_route("*", "/{id:subscriptions/.*}", self._resource)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        listener = listen(port)
        await self.answer_on(listener)
        self.url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"

    async def answer_on(self, listener: socket.socket) -> None:
        """Serves on another listening socket as well, be it one of another network namespace."""
        assert self._runner is not None, "not started"
        await web.SockSite(self._runner, listener).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").partition("Bearer ")[2]
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            refusal = ResourceError(
                401, "AuthenticationFailed", "Authentication failed. The token is missing or wrong."
            )
            return web.json_response(refusal.body, status=401)
        CLIENT.set(APPLY)
        try:
            answer = await only_from_loopback(handler)(request)
            if answer.status < 300:
                await self._note(request)
            return answer
        except ResourceError as error:
            return web.json_response(error.body, status=error.status)
        except web.HTTPException:
            raise
        except Exception as error:
            logging.getLogger("resources").error("%s %s", request.method, request.path, exc_info=error)
            failed = ResourceError(500, "InternalServerError", "The local cloud has failed: its log says why.")
            return web.json_response(failed.body, status=500)

    async def _note(self, request: web.Request) -> None:
        """Keeps what an apply has written, and forgets what it has deleted."""
        id = self._written(request)
        if id is None or request.method in ("GET", "POST"):
            return
        if request.method == "DELETE":
            self.history.removed(id)
        else:
            await self.history.written(id)

    def _written(self, request: web.Request) -> str | None:
        """The id of the resource that a request is about."""
        if "id" in request.match_info:
            return "/" + unquote(request.match_info["id"]).rstrip("/")
        vault = self.model.by_name(VAULT, request.match_info.get("vault", ""))
        kind, _slash, rest = unquote(request.match_info.get("rest", "")).strip("/").partition("/")
        return f"{vault.id}/secrets/{rest.partition('/')[0]}" if vault and kind == "secrets" and rest else None

    async def _me(self, request: web.Request) -> web.Response:
        model = self.model
        return web.json_response(
            {
                "tenantId": model.tenant,
                "subscriptionId": model.subscription,
                "objectId": model.deployer,
                "clientId": model.deployer_client,
            }
        )

    async def _resource(self, request: web.Request) -> web.Response:
        return await answer(self.model, "/" + unquote(request.match_info["id"]), request)

    async def _vault(self, request: web.Request) -> web.Response:
        return await vault_answer(self.model, request.match_info["vault"], request.match_info["rest"], request)


async def answer(model: Model, path: str, request: web.Request) -> web.Response:
    """What Resource Manager answers to a request on a resource, a collection or an action; ResourceError."""
    id = path.rstrip("/")
    if request.method == "GET":
        return web.json_response(await _read(model, id))
    if request.method == "PUT":
        found, new = await model.put(id, await read_body(request))
        return web.json_response(found, status=201 if new else 200)
    if request.method == "PATCH":
        return web.json_response(await model.patch(id, await read_body(request)))
    if request.method == "DELETE":
        return web.Response(status=200 if await model.delete(id) else 204)
    if request.method == "POST":
        return web.json_response(await _act(model, id, await read_body(request)))
    raise ResourceError(405, "MethodNotAllowed", f"{request.method} is no method of a resource.")


async def _read(model: Model, id: str) -> Any:
    """One resource, or a collection: an id that ends in a type."""
    if _is_collection(id):
        scope, type_name = _collection(id)
        return {"value": await model.listed(scope, type_name)}
    return await model.get(id)


async def _act(model: Model, id: str, body: dict[str, Any]) -> Any:
    """`<id>/listKeys`, or `<id>/config/appsettings/list`."""
    owner, _slash, action = id.rpartition("/")
    if config := re.fullmatch(r"(.+/sites/.+?)/(config/\w+/list)", id, re.IGNORECASE):
        owner, action = config[1], config[2]
    return await model.act(owner, action, body)


async def vault_answer(model: Model, name: str, path: str, request: web.Request) -> web.Response:
    """What a key vault answers to whoever applies; ResourceError."""
    vault = model.by_name(VAULT, name)
    if vault is None:
        known = deleted(model, name)
        host = f"{name}{secrets.SUFFIX}"
        raise ResourceError(404, "VaultNotFound", f"dial tcp: lookup {host}: no such host{' (deleted)' * bool(known)}")
    steps = [unquote(one) for one in path.strip("/").split("/")]
    before = secrets.latest(vault, steps[1]) if len(steps) > 1 else None
    found = _secret_call(model, vault, request.method, steps, await read_body(request))
    if len(steps) > 1 and request.method != "GET":
        _tell_of_secret(model, f"{vault.id}/secrets/{steps[1]}", steps[1], before)
    return web.json_response(found)


def _tell_of_secret(model: Model, id: str, name: str, before: secrets.Version | None) -> None:
    """Tells what a request did to a secret; a purge of one that was deleted before is nothing new."""
    vault = model.store.get(parse(parse(id).parent).key)
    now = secrets.latest(vault, name) if vault else None
    if now != before:
        model.changed("deleted" if now is None else "created" if before is None else "updated", parse(id))


def _secret_call(model: Model, vault: Any, method: str, steps: list[str], body: dict[str, Any]) -> Any:
    """One request on a vault's secrets, by the deployer."""

    def check(action: str, name: str | None) -> None:
        secrets.check_access(model, vault, name, model.deployer, action)

    kind, name, rest = steps[0], steps[1] if len(steps) > 1 else None, steps[2] if len(steps) > 2 else ""
    if kind == "secrets" and method == "GET" and name is None:
        check(roles.LIST_SECRETS, None)
        found = ((one["name"], secrets.latest(vault, one["name"])) for one in vault.hidden["secrets"].values())
        return {"value": [secrets.bundle(vault, name, one, value=False) for name, one in found if one]}
    if kind not in ("secrets", "deletedsecrets") or name is None:
        raise bad("NotSupported", f"The local cloud's key vaults have secrets, no {kind}.")
    if kind == "secrets" and method == "GET":
        check(roles.READ_SECRET, name)
        version = secrets.version(vault, name, rest)
        if version is None:
            raise secrets.secret_not_found(name)
        if not version["enabled"]:
            raise ResourceError(403, "SecretDisabled", "Operation get is not allowed on a disabled secret.")
        return secrets.bundle(vault, name, version)
    if kind == "secrets" and method == "PUT":
        check(roles.SET_SECRET, name)
        return secrets.bundle(vault, name, secrets.write(model, vault, name, body))
    if kind == "secrets" and method == "PATCH":
        check(roles.SET_SECRET, name)
        return secrets.bundle(vault, name, secrets.change(model, vault, name, rest, body), value=False)
    check(roles.DELETE_SECRET, name)
    if kind == "secrets" and method == "DELETE":
        secrets.delete(model, vault, name)
    elif kind == "deletedsecrets" and method == "POST" and rest == "recover":
        secrets.recover(model, vault, name)
    elif kind == "deletedsecrets" and method == "DELETE":
        secrets.purge(model, vault, name)
    else:
        raise ResourceError(405, "MethodNotAllowed", f"{method} is no method of {kind}.")
    return {}


def _is_collection(id: str) -> bool:
    """Whether an id ends in the name of a type: after `providers` there is an odd number of segments besides the
    namespace, or nothing but `resourceGroups` after the subscription."""
    segments = id.strip("/").split("/")
    if len(segments) == 3:
        return segments[-1].lower() in ("resourcegroups", "resources")
    if segments[-1].lower() == "resources" and "providers" not in id.lower():
        return True
    at = max((place for place, one in enumerate(segments) if one.lower() == "providers"), default=0)
    return at > 0 and len(segments[at + 2 :]) % 2 == 1


def _collection(id: str) -> tuple[str, str]:
    """The scope and the type of a collection's id."""
    segments = id.strip("/").split("/")
    if segments[-1].lower() in ("resourcegroups", "resources"):
        of = "" if segments[-1].lower() == "resources" else "Microsoft.Resources/resourceGroups"
        return "/" + "/".join(segments[:-1]), of
    at = max(place for place, one in enumerate(segments) if one.lower() == "providers")
    types = [segments[at + 1], *segments[at + 2 :: 2]]
    scope = segments[:at] if len(types) == 2 else segments[:-1]
    return "/" + "/".join(scope), "/".join(types)


async def read_body(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad(
            "InvalidRequestContent", f"The request content was invalid and could not be deserialized: {error}"
        ) from error
    if not isinstance(found, dict):
        raise bad("InvalidRequestContent", "The request content must be an object.")
    return found
