"""An account whose clock the tests turn, and one in real time."""

import time

import pytest

from localcloud.cosmos.emulator import Emulator
from localcloud.load.driver import TurnedClock, client

DATABASE = "town"
START = 1_789_963_200.0 + 6 * 3600


@pytest.fixture
def clock():
    return TurnedClock(START)


@pytest.fixture
async def turned(clock):
    """(database, emulator) with a turned clock."""
    async for made in _account(clock):
        yield made


@pytest.fixture
async def real():
    """(database, emulator) in real time."""
    async for made in _account(time.time):
        yield made


async def _account(clock):
    emulator = Emulator(None, clock=clock)
    await emulator.start()
    async with client(emulator.url, emulator.key) as one:
        yield await one.create_database(DATABASE), emulator
    await emulator.stop()
