"""Cosmos DB accounts: an emulator each, in this process, with keys and data of its own."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.cosmos.emulator import Emulator
from localcloud.cosmos.errors import CosmosError
from localcloud.cosmos.store import StoreError

from ..effects import Body, Keys
from ..errors import EffectFailed

if TYPE_CHECKING:
    from localcloud.cosmos.container import Container

    from .effects import Ports

THROUGHPUT, AUTOSCALE = "x-ms-offer-throughput", "x-ms-cosmos-offer-autopilot-settings"
CHANGEABLE = ("indexingPolicy", "defaultTtl")


class CosmosAccounts:
    """Data in a folder for each account in `folder` or, for None, in memory."""

    def __init__(self, folder: Path | None, ports: "Ports") -> None:
        self._folder = folder
        self._ports = ports
        self._emulators: dict[str, Emulator] = {}

    async def open(self, account: str, keys: Keys) -> None:
        if account in self._emulators:
            return
        emulator = Emulator(
            self._folder and self._folder / account,
            key=keys.primary,
            more_keys=(keys.secondary,),
            readonly_keys=(keys.readonly,) if keys.readonly else (),
            management=False,
            port=self._ports.wanted(f"cosmos/{account}"),
        )
        try:
            await emulator.start()
        except (StoreError, OSError) as error:
            await emulator.stop()
            raise EffectFailed(str(error)) from error
        self._emulators[account] = emulator
        await self._ports.took(f"cosmos/{account}", int(emulator.url.rpartition(":")[2]))

    async def close(self, account: str) -> None:
        if emulator := self._emulators.pop(account, None):
            await emulator.stop()
        self._ports.forget(f"cosmos/{account}")
        if self._folder:
            shutil.rmtree(self._folder / account, ignore_errors=True)

    def emulator(self, account: str) -> Emulator:
        """The emulator of an account, for whoever looks into it; EffectFailed when it is not open."""
        if account not in self._emulators:
            raise EffectFailed(f"the Cosmos DB account {account} is not open")
        return self._emulators[account]

    def endpoint(self, account: str) -> str:
        return self.emulator(account).url

    async def databases(self, account: str) -> list[str]:
        return sorted(self.emulator(account).account.databases)

    async def read_database(self, account: str, database: str) -> Body | None:
        found = self.emulator(account).account.databases.get(database)
        return (
            None if found is None else {"resource": {"id": database}, "options": self._options(account, found.number)}
        )

    async def make_database(self, account: str, database: str, options: Body) -> None:
        found = self.emulator(account).account
        if database in found.databases:
            return
        try:
            await found.create_database(database, _headers(options))
        except CosmosError as error:
            raise EffectFailed(error.message) from error

    async def remove_database(self, account: str, database: str) -> None:
        found = self.emulator(account).account
        if database in found.databases:
            await found.delete_database(found.databases[database])

    async def containers(self, account: str, database: str) -> list[str]:
        return sorted(name for owner, name in self.emulator(account).account.containers if owner == database)

    async def read_container(self, account: str, database: str, container: str) -> Body | None:
        found = self._container(account, database, container)
        if found is None:
            return None
        body = {name: value for name, value in found.body.items() if not name.startswith("_")}
        return {"resource": body, "options": self._options(account, found.number)}

    async def make_container(self, account: str, database: str, body: Body, options: Body) -> None:
        from localcloud.cosmos.containers import normalised, unchanged
        from localcloud.cosmos.sweeping import reach_items

        found = self._container(account, database, body["id"])
        owner = self.emulator(account).account
        try:
            given = normalised({**body, "partitionKey": {"version": 2, **body["partitionKey"]}})
            if found is None:
                await owner.create_container(owner.database(database), given, _headers(options))
                return
            unchanged(found, given)
            if any(given.get(name) != found.body.get(name) for name in CHANGEABLE):
                await owner.replace_container(found, given)
                await reach_items(found)
        except CosmosError as error:
            raise EffectFailed(error.message) from error

    async def remove_container(self, account: str, database: str, container: str) -> None:
        await self.emulator(account).delete_container(database, container)

    async def set_throughput(self, account: str, database: str, container: str | None, options: Body) -> None:
        owner = self.emulator(account).account
        try:
            found = owner.container(["", database, "", container]) if container else owner.database(database)
            offer = owner.physics.offer_of(found.number)
            maximum = (options.get("autoscaleSettings") or {}).get("maxThroughput")
            if offer and offer.offer.autoscale != bool(maximum):
                way = "autopilot" if maximum else "manual-throughput"
                owner.physics.replace_offer(found.number, {}, {f"x-ms-cosmos-migrate-offer-to-{way}": "true"})
            content: Body = {"offerThroughput": options.get("throughput")}
            if maximum:
                content = {"offerAutopilotSettings": {"maxThroughput": maximum}}
            committed = owner.store.begin()
            owner.physics.replace_offer(found.number, {"content": content}, {})
            await committed
        except (CosmosError, ValueError) as error:
            raise EffectFailed(getattr(error, "message", str(error))) from error

    async def stop(self) -> None:
        for account in list(self._emulators):
            await self._emulators.pop(account).stop()

    def _container(self, account: str, database: str, container: str) -> "Container | None":
        return self.emulator(account).account.containers.get((database, container))

    def _options(self, account: str, number: int) -> Body:
        found: Any = self.emulator(account).account.physics.offer_of(number)
        if found is None:
            return {}
        if found.offer.autoscale:
            return {"autoscaleSettings": {"maxThroughput": found.offer.throughput}}
        return {"throughput": found.offer.throughput}


def _headers(options: Body) -> dict[str, str]:
    """Throughput as a request that makes a container or database asks for it."""
    settings = options.get("autoscaleSettings")
    if settings:
        return {AUTOSCALE: json.dumps(settings)}
    return {THROUGHPUT: str(options["throughput"])} if options.get("throughput") else {}
