"""What check 5.9 says of items that are too large, and of a status that is wrong."""

from pathlib import Path
from typing import Any

import pytest

from autograder.checking import CheckFailed
from autograder.checks.fleet_readings import must_say, recorded
from autograder.modules import Module

RIGHT = {"ac-1": {"fan-1": True, "power-2": 5}, "ac-10": {"mode-3": "auto"}}


async def said_of(folder: Path, error: str) -> CheckFailed:
    """What is said when record raises this."""
    (folder / "fleet.py").write_text(
        f"def record(table, building, device, readings):\n    raise ValueError({error!r})\n"
    )
    module = await Module.start(folder, "fleet", None, lambda text: None)
    try:
        with pytest.raises(CheckFailed) as caught:
            await recorded(module, "B1", "ac-1", {"fan-1": True})
        return caught.value
    finally:
        await module.end()


@pytest.mark.parametrize(
    "error",
    [
        "An error occurred (ValidationException): Item size has exceeded the maximum allowed size",
        "An error occurred (ValidationException): Item size to update has exceeded the maximum allowed size",
    ],
)
async def test_an_item_that_is_too_large_has_a_next_step(tmp_path: Path, error: str) -> None:
    failed = await said_of(tmp_path, error)
    assert error in failed.seen
    assert "400 KB" in failed.expected and "one value an item" in failed.next


async def test_another_error_is_told_as_it_is(tmp_path: Path) -> None:
    failed = await said_of(tmp_path, "no table")
    assert "fleet.record: ValueError: no table" in failed.seen and "names the exception" in failed.next


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"ac-1": {"fan-1": True, "power-2": 5.0}, "ac-10": {"mode-3": "auto"}}, ""),
        ([], "[]"),
        ({"ac-1": 5}, "{'ac-1': 5}"),
        ({"ac-1": RIGHT["ac-1"]}, "['ac-1']"),
        ({**RIGHT, "ac-10": {}}, "B1, ac-10: mode-3 is None."),
        ({**RIGHT, "ac-1": {"fan-1": 1, "power-2": 5}}, "B1, ac-1: fan-1 is 1."),
        ({**RIGHT, "ac-10": {"mode-3": "auto", "fan-1": True}}, "ac-10 also has fan-1."),
    ],
)
def test_a_status_that_is_wrong_is_told_by_device_and_item(answer: Any, seen: str) -> None:
    said = ""
    try:
        must_say("B1", answer, RIGHT)
    except CheckFailed as failed:
        said = failed.seen
    assert said == seen
