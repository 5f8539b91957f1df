"""What check 5.6 says of a container that messages were moved into, and of a move that nothing has disturbed."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from autograder.checking import CampBroken, CheckFailed
from autograder.checks.moving import TARGET, Move
from localcloud.cosmos.emulator import Emulator
from localcloud.cosmos.view import Cosmos
from localcloud.load.keys import Definition
from localcloud.load.town import Town

DEFINITION = Definition(("/channel",))


@pytest.fixture
async def cosmos() -> AsyncIterator[Cosmos]:
    emulator = Emulator(None)
    await emulator.start()
    yield Cosmos(emulator, "camp")
    await emulator.stop()


@pytest.fixture
async def move(cosmos: Cosmos) -> Move:
    return await Move.begin(cosmos, Town.of(1), DEFINITION, random.Random(1))


async def judged(move: Move, cosmos: Cosmos, moved: list[dict[str, Any]]) -> str:
    """What was seen wrong when these documents have been moved; empty when nothing was."""
    await cosmos.fill(TARGET, moved)
    try:
        move.judge(move.latest, DEFINITION)
    except CheckFailed as failed:
        return failed.seen
    return ""


async def test_a_complete_move_passes(move: Move, cosmos: Cosmos) -> None:
    assert await judged(move, cosmos, move.latest) == ""


async def test_a_message_that_is_missing_is_named(move: Move, cosmos: Cosmos) -> None:
    first, *others = move.latest
    assert f"1 of 300 messages are not in messages_by_key, for example {first['id']}" in await judged(
        move, cosmos, others
    )


async def test_a_message_under_two_keys_is_named(move: Move, cosmos: Cosmos) -> None:
    twice = {**move.latest[0], "channel": "elsewhere"}
    assert f"more than once: 1 message, for example {twice['id']}" in await judged(move, cosmos, [*move.latest, twice])


async def test_a_document_that_is_no_message_is_named(move: Move, cosmos: Cosmos) -> None:
    more = {**move.latest[0], "id": "a copy"}
    seen = await judged(move, cosmos, [*move.latest, more])
    assert seen == "messages_by_key also holds 1 document, for example a copy."


async def test_an_outdated_text_fails_and_is_shown(move: Move, cosmos: Cosmos) -> None:
    first, *others = move.latest
    assert "as it was" in await judged(move, cosmos, [{**first, "text": "as it was"}, *others])


async def test_a_key_that_is_another_one_elsewhere_is_named(move: Move, cosmos: Cosmos) -> None:
    await cosmos.fill(TARGET, [{**one, "pk": "here"} for one in move.latest])
    with pytest.raises(CheckFailed) as caught:
        move.judge([{**one, "pk": "there"} for one in move.latest], Definition(("/pk",)))
    assert "lies under the key ('here',)" in caught.value.seen


async def test_a_move_without_a_crash_is_not_judged(move: Move) -> None:
    with pytest.raises(CampBroken):
        move.must_have_crashed()
