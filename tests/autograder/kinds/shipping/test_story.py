import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from autograder.kinds.shipping import ALIKE, BACK, BAD, CHAPTERS, FORTH, GOOD, HEAD, NEW_WORD, OPENED, REPAIRED
from autograder.kinds.shipping.story import GREETING, Story
from autograder.kinds.shipping.world import World
from localcloud.cloud import NotAsExpected


@dataclass
class Answer:
    word: str


@dataclass
class Pushed:
    commit: str
    after: Answer = field(default_factory=lambda: Answer(""))


class Recorder:
    """A world that writes down what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Mapping[str, bytes | None]]] = []
        self.messages: list[str] = []
        self.production = self
        self.busy = asyncio.Event()
        self.busy.set()
        self.refusing = False

    async def greet(self, user: str) -> Any:
        raise AssertionError(f"no rush was expected: {user}")

    async def content(self, path: str) -> bytes:
        return b"former\n"

    async def push_head(self) -> Pushed:
        return await self._did("head", "main", {})

    async def push(self, branch: str, changes: Mapping[str, bytes | None], message: str) -> Pushed:
        self.messages.append(message)
        return await self._did("push", branch, changes)

    async def propose(self, branch: str, changes: Mapping[str, bytes | None], title: str) -> Pushed:
        return await self._did("propose", branch, changes)

    async def merge(self, branch: str) -> Pushed:
        return await self._did("merge", branch, {})

    async def _did(self, what: str, branch: str, changes: Mapping[str, bytes | None]) -> Pushed:
        await self.busy.wait()
        if self.refusing:
            raise NotAsExpected(seen="no", expected="yes", next="again")
        self.asked.append((what, branch, changes))
        return Pushed(f"{len(self.asked):040x}")


@pytest.fixture
def world() -> Recorder:
    return Recorder()


@pytest.fixture
def story(world: Recorder) -> Story:
    async def nobody() -> None:
        return None

    return Story(cast(World, world), random.Random(1), nobody)


async def test_a_step_is_played_after_the_head_and_what_comes_before_it(story: Story, world: Recorder) -> None:
    await story.play(REPAIRED)
    assert [what for what, _branch, _changes in world.asked] == ["head", "propose", "push"]
    _what, branch, changes = world.asked[1]
    assert branch == story.branch and branch.startswith("main-")
    assert changes == {GREETING: f"{story.words[OPENED]}\n".encode(), story.probe: story.failing}


async def test_a_branch_whose_name_ends_with_mains_gets_a_word_of_its_own(story: Story, world: Recorder) -> None:
    await story.play(ALIKE)
    what, branch, changes = world.asked[-1]
    assert what == "push" and branch == story.alike and branch.endswith("/main")
    assert changes == {GREETING: f"{story.words[ALIKE]}\n".encode()}
    assert story.words[ALIKE] != story.words[OPENED]


def test_only_who_runs_the_probe_knows_whether_it_fails(world: Recorder) -> None:
    async def nobody() -> None:
        return None

    stories = [Story(cast(World, world), random.Random(seed), nobody) for seed in (1, 2)]
    assert len({one.probe for one in stories}) == 2
    for one in stories:
        assert one.probe.startswith("tests/test_") and "assert False" not in one.failing.decode()
        scope: dict[str, Any] = {}
        exec(one.passing, scope)
        scope["test_probe"]()
        exec(one.failing, scope)
        with pytest.raises(AssertionError):
            scope["test_probe"]()


async def test_each_step_is_played_once(story: Story, world: Recorder) -> None:
    first, second = await story.play(HEAD), await story.play(HEAD)
    assert first is second and len(world.asked) == 1


async def test_a_chapter_is_ended_before_another_begins(story: Story, world: Recorder) -> None:
    await story.play(BAD)
    assert len(world.asked) == 2
    await story.play(FORTH)
    assert [changes.get(story.probe, ...) for _what, _branch, changes in world.asked] == [..., story.failing, None, ...]
    await story.play(GOOD)
    assert len(world.asked) == 4


async def test_a_revert_brings_back_what_was_there_as_git_says_it(story: Story, world: Recorder) -> None:
    await story.play(BACK)
    word = story.words[FORTH]
    assert [changes for _what, _branch, changes in world.asked][1:] == [
        {GREETING: f"{word}\n".encode()},
        {GREETING: b"former\n"},
    ]
    assert world.messages[1].splitlines()[0] == f'Revert "Say {word}"'
    assert f"{2:040x}" in world.messages[1]


async def test_who_is_out_of_time_does_not_stop_the_step(story: Story, world: Recorder) -> None:
    world.busy.clear()
    waiting = asyncio.create_task(story.play(HEAD))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    world.busy.set()
    assert (await story.play(HEAD)).commit == f"{1:040x}"


def test_words_differ_and_one_is_not_ascii(story: Story) -> None:
    fresh = {story.words[steps[0]] for steps in CHAPTERS} | {story.words[GOOD]}
    assert len(fresh) == 6
    assert [word for word in fresh if not word.isascii()] == [story.words[NEW_WORD]]
    assert all(word.isalpha() for word in fresh)


async def test_what_became_of_a_chapter_that_is_ended_is_no_concern_of_the_next(story: Story, world: Recorder) -> None:
    await story.play(BAD)
    world.refusing = True
    with pytest.raises(NotAsExpected):
        await story.play(GOOD)
    world.refusing = False
    await story.play(OPENED)
    assert [what for what, _branch, _changes in world.asked] == ["head", "push", "propose"]
