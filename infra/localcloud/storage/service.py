"""Storage as a service of the camp: `AzureWebJobsStorage`, with the queues that a lab wants made before its app."""

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from localcloud.cloud import CloudService, Finding, Opened, Run, Started, Table, answers, unknown_keys, wrong
from localcloud.messages import _
from localcloud.supervisor import ServiceProcess, TcpProbe

from . import azurite
from .azurite import ACCOUNT, Azurite, Ports, StorageError
from .relay import LazyAzurite
from .view import Storage

SETTING = "AzureWebJobsStorage"
QUEUE_NAME = re.compile(
    r"[a-z0-9](?:-?[a-z0-9]){2,62}"
)  # https://learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata


@dataclass(frozen=True)
class Prepared:
    """The queues to make before the app starts."""

    queues: tuple[str, ...] = ()


class StorageService(CloudService):
    name = "storage"
    title = _("Storage")
    ports = {"blob": 10_000, "queue": 10_001, "table": 10_002}  # noqa: RUF012
    owns = (SETTING,)

    def prepare(self, table: Table) -> Prepared:
        unknown_keys(table, ["queues"], self.name)
        queues = table.get("queues", [])
        if not isinstance(queues, list) or not all(
            isinstance(one, str) and QUEUE_NAME.fullmatch(one) for one in queues
        ):
            wrong(_("queues must be a list of names such as reports: lower-case letters, digits and single hyphens"))
        return Prepared(tuple(queues))

    def settings(self, camp: Opened) -> dict[str, str]:
        return {SETTING: azurite.connection_string(_ports(camp))}

    def processes(self, camp: Opened) -> list[ServiceProcess]:
        ports, location = _ports(camp), camp.state / "azurite"
        return [
            ServiceProcess(
                name="azurite",
                argv=azurite.command(ports, location),
                env=azurite.environment(),
                ready=TcpProbe((ports.blob, ports.queue, ports.table)),
                url=camp.url_of("blob"),
                folders=(location, location / "__blobstorage__", location / "__queuestorage__"),
                when_ready=_maker(azurite.connection_string(ports), camp.prepared.get(self.name)),
            )
        ]

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        kinds = ("Blob", "Queue", "Table")
        return [
            (_("Storage: {kind}").format(kind=kind), f"{camp.url_of(kind.lower())}/{azurite.ACCOUNT}") for kind in kinds
        ]

    def findings(self) -> list[Finding]:
        return [_node(), _azurite()]

    async def start(self, run: Run, prepared: Prepared) -> Started:
        """An account of its own with a key that nobody can know. Azurite starts at once if there are queues to make or
        the app names the setting, else when the first connection comes."""
        key = base64.b64encode(run.rng.randbytes(64)).decode()
        lazy = LazyAzurite(lambda: Azurite(memory=True, accounts={ACCOUNT: key}), ACCOUNT, key)
        await lazy.start()
        run.stack.push_async_callback(lazy.stop)
        for port in (lazy.ports.blob, lazy.ports.queue, lazy.ports.table):
            await run.passage(port)
        await make_queues(lazy.connection_string, prepared)
        connection = lazy.connection_string
        return Started({SETTING: connection}, {Storage: lambda _notes: Storage(lazy)}, wake=lazy.wake)


SERVICE = StorageService()


async def make_queues(connection: str, prepared: Prepared) -> None:
    """Makes the queues that are not there yet."""
    if not prepared.queues:
        return
    from azure.core.exceptions import ResourceExistsError
    from azure.storage.queue.aio import QueueServiceClient

    async def make(name: str) -> None:
        try:
            await client.create_queue(name)
        except ResourceExistsError:
            return

    async with QueueServiceClient.from_connection_string(connection) as client:
        await asyncio.gather(*(make(name) for name in prepared.queues))


def _maker(connection: str, prepared: Prepared | None) -> Callable[[], Awaitable[None]] | None:
    if prepared is None or not prepared.queues:
        return None
    return lambda: make_queues(connection, prepared)


def _node() -> Finding:
    try:
        found = azurite.node()
    except StorageError as error:
        return Finding(_("Node"), False, str(error), "./camp")
    version = answers([str(found), "--version"]) or "?"
    number = re.match(r"v(\d+)", version)
    fine = bool(number and int(number[1]) >= azurite.OLDEST_NODE)
    return Finding(_("Node"), fine, f"{version} ({found})", _("delete node_modules, then: ./camp"))


def _azurite() -> Finding:
    try:
        package = azurite.node_modules() / "azurite" / "package.json"
        return Finding("Azurite", True, str(json.loads(package.read_text("utf-8"))["version"]))
    except (StorageError, OSError, ValueError, KeyError) as error:
        return Finding("Azurite", False, str(error), _("delete node_modules, then: ./camp"))


def _ports(camp: Opened) -> Ports:
    return Ports(camp.port_of("blob"), camp.port_of("queue"), camp.port_of("table"))
