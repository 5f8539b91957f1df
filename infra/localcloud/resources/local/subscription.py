"""Everything of one local subscription, on one event loop: the model with what it makes, function apps that run, and
the endpoints that an engine's provider and Azure's own clients call."""

import asyncio
import random
import ssl
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from localcloud.azure.admin import with_log
from localcloud.azure.azure import Outside
from localcloud.azure.certificates import LOGIN, MANAGEMENT
from localcloud.azure.content import Runner
from localcloud.azure.credentials import Credentials
from localcloud.azure.kudu import TooLarge, received
from localcloud.azure.slot import PRODUCTION, Busy, NoSuchSlot
from localcloud.azure.tokens import Tokens
from localcloud.functions.workers.launching import Launcher
from localcloud.journal import Journal
from localcloud.loopback import LOOPBACK
from localcloud.messages import _

from ..errors import EffectFailed, ResourceError
from ..ids import ResourceId
from ..model import Model
from ..server import ResourceServer
from ..types.authorization import ASSIGNMENT
from ..types.vaults import Secret
from .apps import Apps
from .effects import LocalEffects, Opened
from .endpoints import Endpoints
from .manager import Manager

if TYPE_CHECKING:
    from localcloud.azure.slot import Slot
    from localcloud.functions.host_log import Sink

SECONDS_TO_DEPLOY = 120.0
BY_HAND = "camp deploy"
READING = frozenset({ASSIGNMENT.lower(), Secret.name.lower()})  # what decides whether a reference can be resolved


@dataclass(frozen=True)
class Given:
    """What is the same after a restart: ports (0 takes a free one) and the provider's token (None makes one)."""

    port: int = 0  # of the provider
    gate_port: int = 0
    token: str | None = None


class Subscription:
    """Made by `start`; ends with `stop`."""

    def __init__(
        self, model: Model, effects: LocalEffects, apps: Apps, known: Credentials, journal: Journal, token: str | None
    ) -> None:
        self.model = model
        self.effects = effects
        self.apps = apps
        self.known = known  # of whoever applies
        self.journal = journal
        model.changed = self._changed
        self.server = ResourceServer(model, token, [web.post("/deployments", self._deploy_by_hand)])
        self.server.overview.app_url = self._url_of
        self._endpoints: Endpoints | None = None
        self._stack = AsyncExitStack()

    @classmethod
    async def start(
        cls,
        folder: Path | None,
        rng: random.Random,
        journal: Journal,
        python: Path,
        *,
        launcher_for: Callable[[Path], Awaitable[Launcher]],
        fast: bool,
        more_settings: Callable[[], Mapping[str, str]] = dict,
        opened: Opened | None = None,
        warm: bool = False,
        idle: float | None = None,
        sink: "Sink | None" = None,
        given: Given = Given(),
        scratch: Path | None = None,
    ) -> "Subscription":
        """The subscription whose state is in `folder` or, for None, in memory. EffectFailed when what was there before
        cannot be started again.

        `python` runs the workers of apps, `launcher_for` starts those of the app in a folder, `more_settings` are what
        every app has besides its own. `opened` is called with each port that apps need: those of storage and Cosmos DB.
        `warm` starts storage at once, beside all else; `fast` is for checks; `idle` (seconds) scales to zero. Without a
        `folder`, files that apps need are in `scratch`, whoever made that, or in a folder of the system's.
        """
        async with AsyncExitStack() as stack:
            place = folder or scratch or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="camp-")))
            apps = Apps(place / "apps", Runner(python, journal, launcher_for, fast, idle, sink), rng, more_settings)
            effects = LocalEffects(folder and folder / "data", apps, opened)
            model = Model(folder and folder / "model", effects, rng)
            stack.push_async_callback(model.stop)
            known = _credentials(model, rng)
            tokens = Tokens(known, rng)
            apps.attach(model, known, tokens)
            stack.push_async_callback(apps.stop)
            found = cls(model, effects, apps, known, journal, given.token)
            if warm:
                warming = asyncio.create_task(effects.storage.warm())
                stack.push_async_callback(asyncio.wait, {warming})  # what fails there fails again for the first account
            await model.start()
            await apps.start()
            await found._serve(place, tokens, given, stack)
            found._stack = stack.pop_all()
            return found

    async def _serve(self, place: Path, tokens: Tokens, given: Given, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self.server.stop)
        await self.server.start(given.port)
        manager = Manager(self.model, self.apps, tokens)
        self._endpoints = Endpoints(place, self.apps, tokens, manager)
        stack.push_async_callback(self._endpoints.stop)
        await self._endpoints.start(given.gate_port)

    async def stop(self) -> None:
        """Ends all that runs; what is stored stays."""
        await self._stack.aclose()

    def slot(self, name: str, slot: str = PRODUCTION) -> "Slot":
        """A slot of a function app: what was deployed to it, and how that went; EffectFailed, NoSuchSlot."""
        return self.apps.app(name).site.slot(slot)

    def app_url(self, name: str, slot: str = PRODUCTION) -> str:
        """Where a function app answers, on loopback; EffectFailed, NoSuchSlot."""
        return self.slot(name, slot).url

    def _url_of(self, name: str) -> str:
        """As `app_url`; "" for an app that is only just being made."""
        app = self.apps.apps.get(name.lower())
        slot = app.site.slots.get(PRODUCTION) if app else None
        return slot.url if slot else ""

    def outside(self) -> Outside:
        """What a client behind the gate needs, such as az or curl."""
        assert self._endpoints
        return self._endpoints.outside()

    def credentials(self) -> dict[str, str]:
        """With which `az login --service-principal` signs in."""
        return self.known.azure_credentials()

    async def deploy(self, name: str, zip: bytes, slot: str = PRODUCTION) -> None:
        """Deploys as a client does: by Kudu, with a token of Resource Manager. EffectFailed with the reason when the
        deployment fails, or when the app does not load."""
        place = self.slot(name, slot)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS_TO_DEPLOY)) as http:
            token = await self._token(http)
            url = f"https://{place.scm_host_name}/api/zipdeploy?deployer=camp"
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/zip"}
            status, answer = await self._ask(http, url, data=zip, headers=headers)
        if status != 200:
            raise EffectFailed(str(answer.get("status_text") or answer.get("Message") or status))
        if place.errors:
            raise EffectFailed("\n".join([_("The app does not load:"), *place.errors]))

    async def _token(self, http: aiohttp.ClientSession) -> str:
        form = {
            "client_id": self.known.client_id, "client_secret": self.known.client_secret,
            "grant_type": "client_credentials", "scope": f"https://{MANAGEMENT}/.default",
        }  # fmt: skip
        url = f"https://{LOGIN}/{self.known.tenant_id}/oauth2/v2.0/token"
        _status, answer = await self._ask(http, url, data=form)
        return str(answer["access_token"])

    async def _ask(self, http: aiohttp.ClientSession, url: str, **more: Any) -> tuple[int, dict[str, Any]]:
        assert self._endpoints
        trusted = ssl.create_default_context(cafile=str(self._endpoints.authority))
        (gate,) = self.outside().ports
        async with http.post(url, proxy=f"http://{LOOPBACK}:{gate}", ssl=trusted, **more) as answer:
            if answer.content_type != "application/json":
                return answer.status, {"Message": await answer.text()}
            return answer.status, await answer.json()

    async def _deploy_by_hand(self, request: web.Request) -> web.Response:
        """The body is a zip file; `app`, `slot` and `message` are in the query. Answers when it has ended."""
        try:
            slot = self.slot(request.query.get("app", ""), request.query.get("slot") or PRODUCTION)
            package = await received(slot, request)
            done = await slot.deploy(package, BY_HAND, deployer="camp", message=request.query.get("message", ""))
        except (EffectFailed, NoSuchSlot) as error:
            raise ResourceError(404, "ResourceNotFound", str(error)) from error
        except Busy as error:
            raise ResourceError(409, "Conflict", str(error)) from error
        except TooLarge as error:
            raise ResourceError(413, "RequestEntityTooLarge", _("The package is too large.")) from error
        return web.json_response({**with_log(done), "url": slot.url})

    def _changed(self, what: str, id: ResourceId) -> None:
        self.journal.add("resources.changed", what=what, id=id.text, type=id.type, name=id.name)
        if id.type.lower() in READING and what != "deleted":
            self.apps.look_again()


def _credentials(model: Model, rng: random.Random) -> Credentials:
    """Those of the model's deployer, the same after a restart."""
    new = Credentials.new(rng, ())
    for name, value in (("secret", new.client_secret), ("signing key", new.oidc_key)):
        if model.store.fact(f"deployer {name}") is None:
            model.store.keep(f"deployer {name}", value)
    return Credentials(
        client_id=model.deployer_client,
        client_secret=model.store.fact("deployer secret") or "",
        tenant_id=model.tenant,
        subscription_id=model.subscription,
        object_id=model.deployer,
        publish_passwords={},
        oidc_key=model.store.fact("deployer signing key") or "",
    )
