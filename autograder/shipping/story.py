"""What happens to a repository in one check run: chapters that checks share, each played once, when a check asks.

Every chapter begins with what production answers then, so that one fault costs its own check alone.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from autograder.shipping.visitors import Answer, Rush, Seen
from autograder.shipping.world import Asked, Push, World

GREETING, PROBE = "greeting.txt", "tests/test_probe.py"
FAILING = b"def test_probe() -> None:\n    assert False, 'this must stop the deployment'\n"
PASSING = b"def test_probe() -> None:\n    assert True\n"
LATIN, OTHERS = "abcdefghijklmnoprstuvwxyz", "äéîøßłžčñ"
CALM = 2.0  # seconds that the rush goes on after the runs


@dataclass
class Beginning:
    """Chapter 0: the learner's head."""

    push: Push


@dataclass
class NewWord:
    """Chapter 1: a new word on main, while people talk to the bot."""

    word: str
    push: Push
    rush: list[Answer]
    mention: str | None = None  # what the bot said at a first mention afterwards


@dataclass
class PullRequest:
    """Chapter 2: a new word and a failing test on another branch; the test repaired; merged."""

    word: str
    branch: str
    opened: Push
    repaired: Push
    merged: Push
    red: dict[str, str] = field(default_factory=dict)  # the states of the head's checks by their names, at first
    green: dict[str, str] = field(default_factory=dict)  # those of the repaired head


@dataclass
class FailingTest:
    """Chapter 3: a new word with a failing test on main; then the test goes, with another word."""

    bad: Push
    word: str
    good: Push


@dataclass
class Revert:
    """Chapter 4: another word, and `git revert` of it."""

    word: str
    forth: Push
    back: Push


class Story:
    """Plays a chapter when it is asked for, one at a time, and remembers all of them."""

    def __init__(self, world: World, rng: random.Random, mention: Callable[[], Awaitable[str | None]]) -> None:
        self.world = world
        self._rng = rng
        self._mention = mention
        self._turn = asyncio.Lock()
        self._played: dict[str, asyncio.Task[object]] = {}

    @property
    def asked(self) -> list[Asked]:
        """What staging answered each time that a swap was asked for."""
        return self.world.asked

    async def beginning(self) -> Beginning:
        return await self._once("0", self._play_beginning)  # type: ignore[return-value]

    async def new_word(self) -> NewWord:
        await self.beginning()
        return await self._once("1", self._play_new_word)  # type: ignore[return-value]

    async def pull_request(self) -> PullRequest:
        await self.beginning()
        return await self._once("2", self._play_pull_request)  # type: ignore[return-value]

    async def failing_test(self) -> FailingTest:
        await self.beginning()
        return await self._once("3", self._play_failing_test)  # type: ignore[return-value]

    async def revert(self) -> Revert:
        await self.beginning()
        return await self._once("4", self._play_revert)  # type: ignore[return-value]

    async def _once(self, chapter: str, play: Callable[[], Awaitable[object]]) -> object:
        """A check that is out of time does not stop the chapter that others wait for."""

        async def in_turn() -> object:
            async with self._turn:
                return await play()

        if chapter not in self._played:
            self._played[chapter] = asyncio.create_task(in_turn())
        return await asyncio.shield(self._played[chapter])

    async def stop(self) -> None:
        for task in self._played.values():
            task.cancel()
        await asyncio.gather(*self._played.values(), return_exceptions=True)

    async def _play_beginning(self) -> Beginning:
        return Beginning(await self.world.push_head())

    async def _play_new_word(self) -> NewWord:
        word, world = self._word(OTHERS), self.world
        rush = Rush(world.production)
        rush.begin()
        try:
            push = await world.push("main", {GREETING: _line(word)}, f"Say {word}")
            await asyncio.sleep(CALM)
        finally:
            await rush.end()
        mention = await self._mention() if push.after.word == word else None
        return NewWord(word, push, rush.answers, mention)

    async def _play_pull_request(self) -> PullRequest:
        word, world = self._word(), self.world
        branch = f"main-{self._letters(6)}"
        title = f"Say {word}"
        opened = await world.propose(branch, {GREETING: _line(word), PROBE: FAILING}, title)
        red = world.checks_of(opened.commit)
        repaired = await world.push(branch, {PROBE: PASSING}, "Repair the test")
        green = world.checks_of(repaired.commit)
        return PullRequest(word, branch, opened, repaired, await world.merge(branch), red, green)

    async def _play_failing_test(self) -> FailingTest:
        word, world = self._word(), self.world
        changes = {GREETING: _line(self._word()), PROBE: FAILING}
        bad = await world.push("main", changes, "Say something else, and test it")
        good = await world.push("main", {GREETING: _line(word), PROBE: None}, f"Say {word}")
        return FailingTest(bad, word, good)

    async def _play_revert(self) -> Revert:
        word, world = self._word(), self.world
        before = await world.content(GREETING)
        message = f"Say {word}"
        forth = await world.push("main", {GREETING: _line(word)}, message)
        reverted = f'Revert "{message}"\n\nThis reverts commit {forth.commit}.\n'
        return Revert(word, forth, await world.push("main", {GREETING: before}, reverted))

    def _word(self, also: str = "") -> str:
        """A word that nobody can know; with one of the letters of `also`, if there are some."""
        word = self._letters(7)
        return (word + self._rng.choice(also) + self._letters(1) if also else word).capitalize()

    def _letters(self, count: int) -> str:
        return "".join(self._rng.choice(LATIN) for _letter in range(count))


def _line(word: str) -> bytes:
    return f"{word}\n".encode()


__all__ = ["Beginning", "FailingTest", "NewWord", "PullRequest", "Revert", "Seen", "Story"]
