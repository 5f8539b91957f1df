from collections.abc import Iterator

import pytest

from autograder.lab import Lab, find_lab
from autograder.sandbox import Sandbox, SandboxLimits

LIMITS = SandboxLimits(
    cpu_seconds=6, wall_seconds=25.0, memory_bytes=200 << 20, processes=120, connections=60,
    output_bytes=400_000, tmpfs_bytes=16 << 20,
)  # fmt: skip


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as running:
        yield running


@pytest.fixture(scope="session")
def lab() -> Lab:
    return find_lab("1")
