"""A subscription of one's own: the model with its effects and its server, as long as a block lasts."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from ..effects import SiteEffects
from ..model import Model
from ..server import ResourceServer
from .effects import LocalEffects, Opened


@asynccontextmanager
async def running(
    folder: Path | None,
    *,
    sites: SiteEffects | None = None,
    opened: Opened | None = None,
    rng: random.Random | None = None,
    port: int = 0,
    token: str | None = None,
    warm: bool = False,
) -> AsyncIterator[ResourceServer]:
    """The server of a model whose state is in `folder` or, for None, in memory; `.model` is the model.

    `sites` runs function apps. `opened` is called with each port that is served, and opens it to a sandbox. Keys and
    ids come from `rng`. `warm` starts storage at once, beside all else. EffectFailed when what was there before cannot
    be started again.
    """
    async with AsyncExitStack() as stack:
        effects = LocalEffects(folder and folder / "data", sites, opened)
        model = Model(folder and folder / "model", effects, rng)
        stack.push_async_callback(model.stop)
        if warm:
            warming = asyncio.create_task(effects.storage.warm())
            stack.push_async_callback(asyncio.wait, {warming})  # what fails there fails again for the first account
        await model.start()
        server = ResourceServer(model, token)
        stack.push_async_callback(server.stop)
        await server.start(port)
        if opened:
            await opened(int(server.url.rpartition(":")[2]))
        yield server
