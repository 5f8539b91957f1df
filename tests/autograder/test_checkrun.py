"""In which order the checks of one run are made."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.checking import check
from autograder.checkrun import CheckRun, Outcome


@check("9.1")
async def first(camp: Any) -> None:
    """The first"""


@check("9.2", own_cloud={})
async def apart(camp: Any) -> None:
    """In a cloud of its own"""


@check("9.3")
async def last(camp: Any) -> None:
    """The last"""


CHECKS = {"9.1": first, "9.2": apart, "9.3": last}


class Recorded(CheckRun):
    """Notes when each check begins and ends, and makes none."""

    def __init__(self) -> None:
        super().__init__(SimpleNamespace(sandbox=None), seed=1)  # type: ignore[arg-type]
        self.seen: list[str] = []

    async def outcome_of(self, check: Any) -> Outcome:
        self.seen.append(f"{check.__name__} begins")
        await asyncio.sleep(0.05)
        self.seen.append(f"{check.__name__} ends")
        return Outcome(0.05)


@pytest.mark.parametrize("limit", ["", "0x10", "8000000000"])
async def test_a_check_with_a_cloud_of_its_own_runs_beside_the_others(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEM_LIMIT", limit)
    run = Recorded()
    assert list(await run.outcomes_of(CHECKS)) == ["9.1", "9.2", "9.3"]
    assert set(run.seen[:2]) == {"first begins", "apart begins"}


async def test_on_a_hub_with_little_memory_it_runs_before_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEM_LIMIT", "2147483648")
    run = Recorded()
    assert list(await run.outcomes_of(CHECKS)) == ["9.1", "9.2", "9.3"]
    assert run.seen[:3] == ["apart begins", "apart ends", "first begins"]
    assert len(run.seen) == 6
