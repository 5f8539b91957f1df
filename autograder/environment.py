"""The cloud of one check run, and in it a copy of what the learner hands in."""

import asyncio
import random
import shutil
from asyncio import to_thread
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from autograder import passing, project
from autograder.appfolder import app_files, copy_app, write_files
from autograder.camp import Camp
from autograder.checking import CampBroken
from autograder.kinds import Staged, kind, packed_of
from autograder.lab import Lab
from autograder.private import PrivateCloud
from autograder.sandbox import Cell, Sandbox, SandboxUnavailable
from autograder.starters import NOT_THE_APP
from localcloud.journal import Entry
from localcloud.messages import _

LOGGED, LOG_LINES = frozenset({"host.log", "invocation.log", "lambda.log"}), 10


@dataclass
class Environment:
    """A running cloud that no other run sees. Use `start`; `stop` ends all of it."""

    lab: Lab
    cloud: PrivateCloud
    folder: Path
    staged: Sequence[Staged]
    http: aiohttp.ClientSession
    stack: AsyncExitStack

    @classmethod
    async def start(
        cls,
        lab: Lab,
        app_folder: Path,
        seed: str,
        workers: int = 1,
        sandbox: Sandbox | None = None,
        recycling: bool = False,
    ) -> "Environment":
        """A cloud of its own for a copy of what is handed in; `seed` decides ids and secrets. In a `sandbox`, learner
        code can reach this cloud and nothing else. AppProblem when it does not load, CampBroken when something of ours
        is missing."""
        async with AsyncExitStack() as stack:
            place = stack.enter_context(passing.folder("camp-check-"))
            folder = place / "app"
            await _copied(lab, app_folder, folder)
            cell = await _cell(sandbox, folder, stack) if sandbox else None
            cloud = PrivateCloud(seed, stack, place / "tmp", cell, workers, recycling, lab.starter, sandbox)
            await cloud.start(lab.all_services, lab.prepared)
            staged = []
            for name in lab.kinds:
                if one := await kind(name).stage(cloud, folder):
                    cloud.add(one.started)
                    staged.append(one)
            http = await stack.enter_async_context(aiohttp.ClientSession())
            cloud.stack = stack.pop_all()  # what is started later ends with it as well
            return cls(lab, cloud, folder, staged, http, cloud.stack)

    @property
    def lasting(self) -> bool:
        """Whether it is as good for the next check after one has failed."""
        return all(kind(name).lasting for name in self.lab.kinds)

    @property
    def cell(self) -> Cell | None:
        return self.cloud.cell

    @property
    def cells(self) -> list[Cell]:
        """Where code of the hand-in runs, or has run: its own cell, and those of what it has deployed."""
        return [*([self.cloud.cell] if self.cloud.cell else []), *self.cloud.cells]

    async def refresh(self, app_folder: Path) -> None:
        """Runs what is handed in as it is now, in the same cloud. AppProblem when it does not load; it can be refreshed
        again. Not for a cloud in a sandbox, whose copy stays what it is."""
        await to_thread(_copy_anew, self.lab, app_folder, self.folder)
        for one in self.staged:
            await one.refresh()

    async def stop(self) -> None:
        await self.stack.aclose()

    def mark(self) -> int:
        """Up to where things have been logged: `log_tail` tells what comes from there."""
        return self.cloud.journal.last

    def log_tail(self, since: int) -> str | None:
        """The last lines that host and app logged after the journal's entry `since`; None when there is none."""
        lines: list[str] = []
        for entry in reversed(self.cloud.journal.entries):
            if entry.number <= since or len(lines) == LOG_LINES:
                break
            if line := _logged(entry):
                lines.append(line)
        return "\n".join(reversed(lines)) or None

    def camp(self, rng: random.Random) -> Camp:
        """The view of one check, with its own random numbers."""
        return Camp(rng, self.cloud, self.http)


def _logged(entry: Entry) -> str | None:
    """What a log shows of an entry: what was logged, what was delivered and how that was answered."""
    facts = entry.facts
    if entry.kind in LOGGED:
        return f"{facts['level']}: {facts['message']}"
    if entry.kind == "delivery.attempted":
        what = facts["event_type"] or facts["what"]
        answer = facts["status"] if facts["failure"] is None else f"{facts['status'] or ''} {facts['failure']}".strip()
        again = _(", retry {number}").format(number=facts["attempt"]) if facts["attempt"] else ""
        # Whole seconds only: what a learner gets back is the same each time that the same work is graded.
        seconds = int(facts["milliseconds"] / 1000)
        late = _(", after {seconds} s").format(seconds=seconds) if seconds else ""
        words = _("Delivered: {what}{again}. Answer: {answer}{late}")
        return words.format(what=what, again=again, answer=answer, late=late)
    return None


async def _copied(lab: Lab, app_folder: Path, target: Path) -> None:
    """Copies in a thread. An interrupt waits for that, or the thread would go on in a folder that is gone."""
    copying = asyncio.ensure_future(to_thread(_copy, lab, app_folder, target))
    try:
        await asyncio.shield(copying)
    except asyncio.CancelledError:
        await asyncio.wait({copying})
        raise


def _copy_anew(lab: Lab, app_folder: Path, target: Path) -> None:
    app_files(app_folder)
    for path in target.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    _copy(lab, app_folder, target)


def _copy(lab: Lab, app_folder: Path, target: Path) -> None:
    if packed := packed_of(lab, app_folder):
        write_files(packed, target)
    else:
        copy_app(app_folder, target)
    if app_folder.resolve().parent == project.content("solutions").resolve():
        for other in NOT_THE_APP:
            shutil.rmtree(target / other, ignore_errors=True)
    for name in lab.kinds:
        kind(name).lay_out(target)


async def _cell(sandbox: Sandbox, app: Path, stack: AsyncExitStack) -> Cell:
    try:
        cell = await sandbox.cell(app)
    except SandboxUnavailable as error:
        raise CampBroken(str(error)) from error
    stack.push_async_callback(cell.close)
    return cell
