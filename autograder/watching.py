"""Checking again at every save, or commit: clouds that stay warm, no save that is missed, the check that is next."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchfiles import Change, awatch

from autograder.appfolder import AppProblem
from autograder.clouds import Clouds
from autograder.environment import Environment
from autograder.intake import USUAL, is_notebook
from autograder.kinds import version_of
from autograder.lab import Lab
from autograder.runner import Keep, close, interruptible, run_in
from autograder.verdict import PASSED, SKIPPED, Verdict

DEBOUNCE_MS = 50
STEP_MS = 25
LOOK_FOR_FOLDER_EVERY = 0.2
SECONDS_TO_REPLACE_A_FILE = 0.1
REFS = frozenset({"HEAD", "packed-refs", "refs", "reftable"})  # what git writes in `.git` when a branch or a tag moves
Version = Callable[[Path], str | None]


@dataclass(frozen=True)
class Teller:
    """Who hears what watching finds: each run's verdict, the check that is next, that all pass, that it waits for a
    save. When some points are paid only for checks that pass together, `complete` gets the verdict on all of them."""

    verdict: Callable[[Verdict], None]
    next: Callable[[str], None]
    complete: Callable[[Verdict | None], None]
    waiting: Callable[[str], None]


class CheckOrder:
    """Which of the checks `ids` is next: the first that does not pass, from the current one on and round again."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = list(ids)
        self._passed: set[str] = set()
        self.current = self.ids[0]

    @property
    def complete(self) -> bool:
        """Whether all pass with the app as it was saved last."""
        return len(self._passed) == len(self.ids)

    def saved(self) -> None:
        """Another app: nothing is known of it."""
        self._passed.clear()

    def went_well(self) -> None:
        """The current check passed; now another one is the current one, unless all have passed."""
        self._passed.add(self.current)
        place = self.ids.index(self.current)
        following = [*self.ids[place:], *self.ids[:place]]
        self.current = next((id for id in following if id not in self._passed), self.ids[0])


class WarmClouds(Clouds):
    """A cloud that outlives a run: after `renew` it takes up the app as it is now, when it is asked for.

    One that a failing check has touched is replaced in the background, so that the next save finds a fresh one.
    """

    def __init__(self, lab: Lab, app: Path) -> None:
        super().__init__(lab, app)
        self._stale = False
        self._replacing: asyncio.Task[None] | None = None

    def renew(self) -> None:
        """The app has been saved."""
        self._problem = None
        self._stale = True
        self.notebook.renew()

    async def get(self, workers: int, seed: int) -> Environment:
        replacing, self._replacing = self._replacing, None
        if replacing:
            await replacing
        if self._stale and self._running:
            await self._refresh(self._running)
        self._stale = False
        return await super().get(workers, seed)

    async def discard(self) -> None:
        running, self._running = self._running, None
        if running:
            self._replacing = asyncio.create_task(self._replace(running))

    async def stop(self) -> None:
        if self._replacing:
            await asyncio.gather(self._replacing, return_exceptions=True)
        await super().stop()

    async def _refresh(self, environment: Environment) -> None:
        try:
            try:
                await environment.refresh(self.app)
            except FileNotFoundError:  # an editor is just putting a file in the place of another
                await asyncio.sleep(SECONDS_TO_REPLACE_A_FILE)
                await environment.refresh(self.app)
        except AppProblem as problem:
            self._problem = problem

    async def _replace(self, environment: Environment) -> None:
        await environment.stop()
        with contextlib.suppress(Exception):  # whoever asks for it next hears why it does not start
            await self._start(1, "again")


class Saves:
    """The saves in a folder (see `saves`), those too that come while nobody waits for them. Make it in a coroutine."""

    def __init__(self, folder: Path, notebook: str | None = None, version: Version | None = None) -> None:
        self._changes = saves(folder, notebook, version or (lambda _folder: None))
        self._next = asyncio.ensure_future(self._hear())

    @property
    def waiting(self) -> bool:
        """Whether something was saved that nobody has asked for yet."""
        return self._next.done()

    async def next(self) -> None:
        """Returns at the next save, or at once when there was one since."""
        await self._next
        self._next = asyncio.ensure_future(self._hear())

    async def stop(self) -> None:
        self._next.cancel()
        await asyncio.gather(self._next, return_exceptions=True)

    async def _hear(self) -> None:
        await anext(self._changes)


async def saves(folder: Path, notebook: str | None, version: Version) -> AsyncIterator[None]:
    """Yields at every save of the app in the folder, and of the notebook, if its name is given; the folder may be
    deleted, and come again. Where the folder has a version, the app counts as saved when that is another one."""
    seen_before = False
    while True:
        if (watched := identity(folder)) is None:
            await asyncio.sleep(LOOK_FOR_FOLDER_EVERY)
            continue
        if seen_before:
            yield
        seen_before = True
        current = version(folder)
        async for changes in awatch(
            folder, watch_filter=app_filter(folder, notebook, current), debounce=DEBOUNCE_MS, step=STEP_MS
        ):
            former, current = current, version(folder)
            if current is None or current != former or any(is_notebook(path) for _change, path in changes):
                yield
            if identity(folder) != watched:
                break
            if (current is None) != (former is None):  # other files count from here on
                seen_before = False
                break


def identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from a later one of the same name; None when there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def app_filter(folder: Path, notebook: str | None = None, version: str | None = None) -> Callable[[Change, str], bool]:
    """Lets those files of the folder through that belong to the app, and the notebook of this name; where the folder
    has a version, what git writes at a commit, too."""

    def counts(_change: Change, path: str) -> bool:
        if notebook and os.path.relpath(path, folder) == notebook:
            return True
        parts = os.path.relpath(path, folder).split(os.sep)
        if version is not None and parts[0] == ".git":
            return len(parts) > 1 and parts[1] in REFS
        return not is_notebook(path) and not any(map(USUAL.leaves_out, parts))

    return counts


def watch(lab: Lab, folder: Path, ids: Sequence[str], teller: Teller, keep: Keep | None = None) -> None:
    """Checks the app in `folder` now and at every save, in a repository at every commit, until KeyboardInterrupt (which
    ends it without a fuss). `keep` gets what each run came to."""
    loop = asyncio.new_event_loop()
    clouds = WarmClouds(lab, folder)
    with interruptible(loop):
        try:
            _watch(loop, clouds, CheckOrder(ids), teller, keep)
        except KeyboardInterrupt:
            return
        finally:
            close(loop, clouds)


def _watch(
    loop: asyncio.AbstractEventLoop, clouds: WarmClouds, order: CheckOrder, teller: Teller, keep: Keep | None
) -> None:
    listening = loop.run_until_complete(_listen(clouds))
    try:
        while True:
            _go_on(loop, clouds, order, teller, listening, keep)
            if not listening.waiting:
                teller.waiting(order.current)
            loop.run_until_complete(listening.next())
            clouds.renew()
            order.saved()
    finally:
        loop.run_until_complete(listening.stop())


def _go_on(
    loop: asyncio.AbstractEventLoop,
    clouds: WarmClouds,
    order: CheckOrder,
    teller: Teller,
    listening: Saves,
    keep: Keep | None,
) -> None:
    """Runs the current check, and the next ones while they pass; a save ends it."""
    while True:
        verdict = run_in(clouds, loop, [order.current], keep=keep)
        teller.verdict(verdict)
        if not verdict.outcomes() <= {PASSED, SKIPPED}:
            return
        order.went_well()
        if order.complete:
            guards = any(check.pays_with for check in clouds.lab.checks) and len(order.ids) > 1
            teller.complete(run_in(clouds, loop, order.ids, keep=keep) if guards else None)
            return
        if listening.waiting:
            return
        teller.next(order.current)


async def _listen(clouds: Clouds) -> Saves:
    lab = clouds.lab
    notebook = f"{lab.name}.ipynb" if lab.wants_notebook else None
    listening = Saves(clouds.app, notebook, lambda folder: version_of(lab, folder))
    await asyncio.sleep(0)  # it hears from here on
    return listening
