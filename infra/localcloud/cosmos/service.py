"""Cosmos DB as a service of the camp: `CosmosDbConnection`, with the database `camp` and a lab's containers in it."""

import base64
import fcntl
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localcloud.cloud import (
    LEAN,
    CloudService,
    Finding,
    Opened,
    Run,
    StandIn,
    Started,
    Table,
    answers,
    unknown_keys,
    wrong,
)  # fmt: skip
from localcloud.functions.bindings.cosmos_names import parts_of
from localcloud.messages import _
from localcloud.supervisor import HttpProbe, ServiceProcess

from .auth import EMULATOR_KEY
from .prepared import DATABASE, THROUGHPUT, Prepared, connection_string
from .view import Cosmos

if TYPE_CHECKING:
    from .emulator import Emulator

SETTING = "CosmosDbConnection"


class CosmosService(CloudService):
    name = "cosmos"
    title = "Cosmos DB"
    ports = {"cosmos": 8081}  # noqa: RUF012
    owns = (SETTING,)
    stand_in_help = _("A Cosmos DB account instead of the camp's emulator: its endpoint or connection string.")
    stand_in_key = ("cosmos-key", "COSMOS_KEY", _("The key of that account; default: the one published for emulators."))

    def prepare(self, table: Table) -> Prepared:
        unknown_keys(table, ["containers"], self.name)
        containers = table.get("containers", {})
        if not isinstance(containers, Mapping) or not all(
            isinstance(key, str) and key.startswith("/") and len(key) > 1 for key in containers.values()
        ):
            wrong(_('containers must be names with a key path each, such as messages = "/channel"'))
        return Prepared(dict(containers))

    def settings(self, camp: Opened) -> dict[str, str]:
        return {SETTING: connection_string(camp.url_of("cosmos"), EMULATOR_KEY)}

    def processes(self, camp: Opened) -> list[ServiceProcess]:
        location = camp.state / self.name
        containers = camp.prepared[self.name].options()
        return [
            ServiceProcess(
                name=self.name,
                argv=[
                    *(sys.executable, "-m", "localcloud.cosmos", "--port", str(camp.port_of("cosmos"))),
                    *("--data", str(location), "--lifeline"),
                    *(part for container in containers for part in ("--container", container)),
                ],
                env=LEAN,
                ready=HttpProbe(camp.port_of("cosmos"), below=500),  # without a signature it answers 401
                url=camp.url_of("cosmos"),
                folders=(location,),
            )
        ]

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [(_("Cosmos DB"), parts_of(camp.settings[SETTING]).get("accountendpoint", ""))]

    def findings(self) -> list[Finding]:
        """Our emulator is Python: what it needs is installed with the camp."""
        works = answers([sys.executable, "-c", "import localcloud.cosmos.emulator"]) is not None
        seen = _("the camp's emulator, for the labs that need it") if works else _("the emulator cannot be imported")
        return [Finding("Cosmos DB", works, seen, _("delete .venv, then: ./camp"))]

    def data(self, state: Path) -> Path | None:
        return state / self.name

    def in_use(self, data: Path) -> str | None:
        if _is_free(data / "cosmos.lock"):
            return None
        return _("An emulator ('camp cosmos start') has the documents open. Stop it with Ctrl-C, then reset again.")

    def stand_in(self, given: str, key: str | None) -> StandIn:
        from .stand_in import account_of

        account = account_of(given, key)
        return StandIn(account.endpoint, {SETTING: account.connection_string}, account.prepare)

    async def start(self, run: Run, prepared: Prepared) -> Started:
        """An account of its own, in memory, with a key that nobody can know."""
        from .emulator import Emulator

        emulator = Emulator(None, key=base64.b64encode(run.rng.randbytes(64)).decode(), management=False)
        await emulator.start()
        run.stack.push_async_callback(emulator.stop)
        if listener := await run.listen(urlsplit(emulator.url).port or 0):
            await emulator.answer_on(listener)
        await make_containers(emulator, prepared)
        return Started({SETTING: emulator.connection_string}, {Cosmos: lambda _notes: Cosmos(emulator, DATABASE)})


SERVICE = CosmosService()


async def make_containers(emulator: "Emulator", prepared: Prepared) -> None:
    headers = {"x-ms-offer-throughput": str(THROUGHPUT)}
    for name, key_path in prepared.containers.items():
        await emulator.create_container(DATABASE, name, key_path, headers=headers)


def _is_free(lock: Path) -> bool:
    """Whether no process holds the lock file."""
    try:
        with lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return True
    return True
