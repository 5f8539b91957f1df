"""What check 5.6 says of a container that messages were moved into, and of a move that nothing has disturbed."""

import asyncio
import random
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.checking import CampBroken, CheckFailed
from autograder.checks.moving import OLD, SOURCE, TARGET, Move
from localcloud.cosmos.emulator import Emulator
from localcloud.cosmos.view import Cosmos
from localcloud.functions.invocation import CRASH
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


class Host:
    """Crashes nothing, and remembers what it was to crash."""

    def __init__(self) -> None:
        self.on_taken: Any = None
        self.crashed: list[int] = []

    async def crash(self, pid: int) -> None:
        self.crashed.append(pid)


def invocation(host: Host, pid: int, etags: dict[str, str]) -> Any:
    documents = [{"id": id, "etag": etag} for id, etag in etags.items()]
    return SimpleNamespace(host=host, worker_pid=pid, fault=CRASH, source={"documents": documents})


async def test_what_an_edit_would_bring_again_is_not_crashed(move: Move, cosmos: Cosmos) -> None:
    host = Host()
    move.crash_the_next(host)  # type: ignore[arg-type]
    before = cosmos.etags(SOURCE)
    edited, other = move.latest[:2]
    await cosmos.fill(SOURCE, [{**edited, "text": "edited"}])
    host.on_taken(invocation(host, 1, {edited["id"]: before[edited["id"]]}))
    host.on_taken(invocation(host, 2, {one["id"]: before[one["id"]] for one in (edited, other)}))
    await move.write_half()
    assert host.crashed == [2]
    move.must_have_crashed()


async def test_nothing_of_the_crashed_batch_is_edited(move: Move, cosmos: Cosmos) -> None:
    host = Host()
    move.crash_the_next(host)  # type: ignore[arg-type]
    writing = asyncio.create_task(move.write_half())
    await asyncio.sleep(0)
    old = [one["id"] for one in move.latest[: OLD - 1]]
    before = {id: cosmos.etags(SOURCE)[id] for id in old}
    host.on_taken(invocation(host, 1, before))
    await writing
    after = cosmos.etags(SOURCE)
    changed = [id for id in old if after[id] != before[id]]
    assert host.crashed == [1] and len(changed) <= 1  # the one that was being written


async def test_a_move_without_a_crash_is_not_judged(move: Move) -> None:
    with pytest.raises(CampBroken):
        move.must_have_crashed()
