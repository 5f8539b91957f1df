"""What happens to a repository in one check run: pushes in chapters, which all checks share.

A step is played once, when a check asks for it, after the steps of its chapter before it. A chapter that was left in
the middle is played to its end before another one begins. Each step knows what production answered before it, so that
one fault costs its own check alone.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

from autograder.kinds.shipping import ALIKE, BACK, BAD, CHAPTERS, FORTH, GOOD, HEAD, MERGED, NEW_WORD, OPENED, REPAIRED
from autograder.kinds.shipping.visitors import BotAnswer, Rush
from autograder.kinds.shipping.world import Push, World

GREETING = "greeting.txt"
TEST = "def test_probe() -> None:\n    assert {one} + {other} == {sum}, 'this must stop the deployment'\n"
LATIN, OTHERS = "abcdefghijklmnoprstuvwxyz", "äéîøßłžčñ"
CALM = 2.0  # seconds that the rush goes on after the runs


class Story:
    """`words` are the words that steps bring, `probe` is the file of the test that fails and is repaired: nobody can
    know either, or see without running it whether the test fails."""

    def __init__(self, world: World, rng: random.Random, mention: Callable[[], Awaitable[str | None]]) -> None:
        self.world = world
        self.words = {step: _word(rng, OTHERS if step == NEW_WORD else "") for steps in CHAPTERS for step in steps}
        self.words[MERGED] = self.words[REPAIRED] = self.words[OPENED]
        self.branch = f"main-{_letters(rng, 6)}"
        self.alike = f"{_letters(rng, 6)}/main"
        self.probe = f"tests/test_{_letters(rng, 8)}.py"
        self.failing, self.passing = _tests(rng)
        self.rush: list[BotAnswer] = []
        self.mention: str | None = None  # the word of the first mention after the new one
        self._mention = mention
        self._former: bytes | None = None  # what stood in greeting.txt before it is said forth and back
        self._turn = asyncio.Lock()
        self._chapter: tuple[str, ...] = ()
        self._played: dict[str, asyncio.Task[Push]] = {}

    async def play(self, step: str) -> Push:
        """What came of a step."""
        if step in self._played:
            return await asyncio.shield(self._played[step])
        chapter = next(steps for steps in CHAPTERS if step in steps)
        left = self._chapter if self._chapter != chapter else ()
        for one in dict.fromkeys((HEAD, *left, *chapter[: chapter.index(step) + 1])):
            if one not in self._played:
                self._chapter = next(steps for steps in CHAPTERS if one in steps)
                self._played[one] = asyncio.create_task(self._in_turn(one))
            if one in left:  # what came of it is another check's concern
                await asyncio.wait({self._played[one]})
                continue
            # A check that is out of time does not stop the step that others wait for.
            await asyncio.shield(self._played[one])
        return self._played[step].result()

    async def stop(self) -> None:
        for task in self._played.values():
            task.cancel()
        await asyncio.gather(*self._played.values(), return_exceptions=True)

    async def _in_turn(self, step: str) -> Push:
        steps = {
            HEAD: self.world.push_head,
            NEW_WORD: self._new_word,
            OPENED: self._opened,
            REPAIRED: self._repaired,
            ALIKE: self._alike,
            MERGED: self._merged,
            BAD: self._bad,
            GOOD: self._good,
            FORTH: self._forth,
            BACK: self._back,
        }
        async with self._turn:
            return await steps[step]()

    async def _new_word(self) -> Push:
        rush = Rush(self.world.production)
        rush.begin()
        try:
            push = await self._say(NEW_WORD)
            await asyncio.sleep(CALM)
        finally:
            await rush.end()
        self.rush = rush.answers
        if push.after.word == self.words[NEW_WORD]:
            self.mention = await self._mention()
        return push

    async def _opened(self) -> Push:
        word = self.words[OPENED]
        return await self.world.propose(self.branch, {GREETING: _line(word), self.probe: self.failing}, f"Say {word}")

    async def _repaired(self) -> Push:
        return await self.world.push(self.branch, {self.probe: self.passing}, "Repair the test")

    async def _alike(self) -> Push:
        word = self.words[ALIKE]
        return await self.world.push(self.alike, {GREETING: _line(word)}, f"Say {word}")

    async def _merged(self) -> Push:
        return await self.world.merge(self.branch)

    async def _bad(self) -> Push:
        return await self._say(BAD, {self.probe: self.failing})

    async def _good(self) -> Push:
        return await self._say(GOOD, {self.probe: None})

    async def _forth(self) -> Push:
        self._former = await self.world.content(GREETING)
        return await self._say(FORTH)

    async def _back(self) -> Push:
        commit = self._played[FORTH].result().commit
        message = f'Revert "Say {self.words[FORTH]}"\n\nThis reverts commit {commit}.\n'
        return await self.world.push("main", {GREETING: self._former}, message)

    async def _say(self, step: str, more: dict[str, bytes | None] | None = None) -> Push:
        word = self.words[step]
        return await self.world.push("main", {GREETING: _line(word), **(more or {})}, f"Say {word}")


def _word(rng: random.Random, also: str) -> str:
    """A word; with one of the letters of `also`, if there are some."""
    word = _letters(rng, 7)
    return (word + rng.choice(also) + _letters(rng, 1) if also else word).capitalize()


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(LATIN) for _letter in range(count))


def _tests(rng: random.Random) -> tuple[bytes, bytes]:
    """A test that fails, and one that passes."""
    one, other = rng.randrange(100), rng.randrange(100)
    failing, passing = (TEST.format(one=one, other=other, sum=one + other + wrong) for wrong in (1, 0))
    return failing.encode(), passing.encode()


def _line(word: str) -> bytes:
    return f"{word}\n".encode()
