"""A DynamoDB account of one's own: moto, with the meter in front."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from localcloud import extras
from localcloud.aws.moto import EXTRA, Moto
from localcloud.loopback import LOOPBACK

from .meter import Meter


@asynccontextmanager
async def private_account(
    *, clock: Callable[[], float] = time.time, port: int = 0, say: Callable[[str], None] = lambda line: None
) -> AsyncIterator[Meter]:
    """Starts moto, which takes some seconds, and a meter on `port` (or a free one); budgets go by `clock`, and `say`
    gets a line when moto is installed. MotoError, ExtraMissing."""
    await asyncio.to_thread(extras.ensure, EXTRA, say)
    moto = Moto()
    await asyncio.to_thread(moto.start)
    try:
        meter = Meter(f"http://{LOOPBACK}:{moto.port}", clock=clock, port=port)
        await meter.start()
        try:
            yield meter
        finally:
            await meter.stop()
    finally:
        await asyncio.to_thread(moto.stop)
