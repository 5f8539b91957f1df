"""Hard conditions end, whatever a host is doing when they do."""

import asyncio

from autograder.hardship import recycled


class Host:
    """Recycles for a moment, and loses the first cancellation, as `asyncio.wait_for` does when an answer comes at the
    same time."""

    def __init__(self) -> None:
        self.lost = 0

    async def recycle(self) -> None:
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            if self.lost:
                raise
            self.lost += 1


async def test_recycling_ends_when_a_cancellation_is_lost() -> None:
    host = Host()

    async def conditions() -> None:
        async with recycled(host):  # type: ignore[arg-type]
            await asyncio.sleep(0)

    lasting = asyncio.create_task(conditions())
    over, _going = await asyncio.wait({lasting}, timeout=5.0)
    lasting.cancel()
    assert over and host.lost == 1
