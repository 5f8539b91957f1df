"""How tasks end whose cancellation may be lost."""

import asyncio

import pytest

from localcloud.ending import ended


async def losing(cancellations: int) -> None:
    """Goes on for ever; so many cancellations are lost, as in the middle of a request."""
    while True:
        try:
            await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            cancellations -= 1
            if cancellations < 0:
                raise


@pytest.mark.parametrize("lost", [0, 1, 3])
async def test_a_call_that_is_tried_again_for_ever_ends_though_a_cancellation_is_lost(lost: int) -> None:
    task = asyncio.create_task(losing(lost))
    await asyncio.wait_for(ended([task], 0.01), 10)
    assert task.cancelled()


async def test_what_ends_by_itself_is_waited_for() -> None:
    task = asyncio.create_task(asyncio.sleep(0.05))
    await ended([task], 10)
    assert task.done() and not task.cancelled()
    await ended([], 10)
