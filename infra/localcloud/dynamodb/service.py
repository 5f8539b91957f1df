"""DynamoDB as a service of the camp: moto in an account of its own, with the meter in front.

In a check run it starts when the first check asks for it: moto takes some seconds.
"""

import asyncio
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localcloud.aws.moto import EXTRA
from localcloud.cloud import LEAN, CloudService, Opened, Run, Started
from localcloud.supervisor import ServiceProcess, TcpProbe

from .program import USUAL_PORT

if TYPE_CHECKING:
    from .meter import Meter


class DynamoDbService(CloudService):
    name = "dynamodb"
    title = "DynamoDB"
    ports = {"dynamodb": USUAL_PORT}  # noqa: RUF012
    extras = (EXTRA,)

    def processes(self, camp: Opened) -> list[ServiceProcess]:
        port = camp.port_of(self.name)
        return [
            ServiceProcess(
                name=self.name,
                argv=[sys.executable, "-m", "localcloud.dynamodb", "--port", str(port), "--lifeline"],
                env=LEAN,
                ready=TcpProbe((port,)),
                url=camp.url_of(self.name),
                background=True,
                start_seconds=300.0,  # moto is installed at its first use
            )
        ]

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [(self.title, camp.url_of(self.name))]

    async def start(self, run: Run, prepared: None) -> Started:
        from .view import DynamoDb  # brings aiohttp, which a command that lists services does without

        starting = asyncio.Lock()
        made: list[Meter] = []

        async def meter() -> "Meter":
            async with starting:
                if not made:
                    made.append(await _started(run))
            return made[0]

        return Started(views={DynamoDb: lambda _notes: DynamoDb(meter)})


SERVICE = DynamoDbService()


async def _started(run: Run) -> "Meter":
    from .private import private_account

    meter = await run.stack.enter_async_context(private_account())
    if listener := await run.listen(urlsplit(meter.url).port or 0):
        await meter.answer_on(listener)
    return meter
