"""DynamoDB as a service of check runs: moto in an account of its own, with the meter in front.

It starts when the first check asks for it: moto takes some seconds. Under `camp up` the service `aws` has DynamoDB.
"""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localcloud.aws.moto import EXTRA, Moto
from localcloud.cloud import CloudService, Run, Started
from localcloud.loopback import LOOPBACK

if TYPE_CHECKING:
    from .meter import Meter


class DynamoDbService(CloudService):
    name = "dynamodb"
    title = "DynamoDB"
    extras = (EXTRA,)

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
    from .meter import Meter

    moto = Moto()
    await asyncio.to_thread(moto.start)
    run.stack.push_async_callback(asyncio.to_thread, moto.stop)
    meter = Meter(f"http://{LOOPBACK}:{moto.port}")
    await meter.start()
    run.stack.push_async_callback(meter.stop)
    if listener := await run.listen(urlsplit(meter.url).port or 0):
        await meter.answer_on(listener)
    return meter
