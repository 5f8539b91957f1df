"""Runs with the real act, each job in a bubblewrap, and a runner with nothing but the machine's own programs."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from localcloud import extras
from localcloud.github.forge import Forge
from localcloud.github.repository import Repository
from localcloud.github.runs import Limits, Outside, Run, Runs
from localcloud.journal import Journal

ONE = """
    on: push
    jobs:
      a:
        runs-on: ubuntu-latest
        steps:
          - run: {run}
"""

WORKFLOW = ".github/workflows/a.yml"
SECONDS = 90.0


class PlainRunner:
    """What a job finds: the machine's programs, and the actions of a folder."""

    def __init__(self, actions: Path) -> None:
        self.actions = actions

    @property
    def path(self) -> tuple[Path, ...]:
        return (Path("/usr/local/bin"), Path("/usr/bin"), Path("/bin"))

    @property
    def readable(self) -> tuple[Path, ...]:
        return (self.actions,)

    def environment(self, folder: Path) -> dict[str, str]:
        path = os.pathsep.join(map(str, self.path))
        return {"PATH": path, "HOME": str(folder / "home"), "LANG": "C.UTF-8"}

    def known_action(self, uses: str) -> Path | None:
        folder = self.actions / uses.partition("@")[0].lower().replace("/", "-")
        return folder if folder.is_dir() else None


class Played:
    """Commits workflows and waits for their runs."""

    def __init__(self, runs: Runs, repository: Repository) -> None:
        self.runs = runs
        self.repository = repository

    async def push(
        self, workflow: str, files: Mapping[str, str] | None = None, *, branch: str = "main", wait: bool = True
    ) -> Run:
        """The run of this workflow, once it has ended."""
        await self.commit(workflow, files, branch=branch)
        if wait:
            await self.runs.idle(SECONDS)
        return self.runs.runs[-1]

    async def commit(self, workflow: str, files: Mapping[str, str] | None = None, *, branch: str = "main") -> None:
        more = {name: dedent(text).encode() for name, text in (files or {}).items()}
        await self.repository.commit(branch, {WORKFLOW: dedent(workflow).encode(), **more}, f"Push {time.time()}")

    async def until(self, run: Run, status: str) -> None:
        """Until a job of the run has that status, or a line of that text in its log."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if any(job.status == status for job in run.jobs) or status in log_of(run) or run.status == status:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"never {status}: {run}")


def log_of(run: Run) -> str:
    return "\n".join(line for job in run.jobs for step in job.steps for line in step.log)


def conclusions(run: Run) -> dict[str, str | None]:
    return {job.name: job.conclusion for job in run.jobs}


def messages(run: Run) -> str:
    return "\n".join(f"{one.path}:{one.line}: {one.text} {one.hint}" for one in run.annotations)


@pytest.fixture(scope="session")
def tools() -> None:
    extras.ensure("act", print)
    extras.ensure("actionlint", print)


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def plain_runner(tmp_path: Path) -> PlainRunner:
    folder = tmp_path / "the actions é"
    folder.mkdir()
    return PlainRunner(folder)


@pytest.fixture
async def runs(forge: Forge, plain_runner: PlainRunner, limits: Limits, tools: None) -> AsyncIterator[Runs]:
    found = Runs(forge, plain_runner, Outside(), Journal(), confined=True, limits=limits)  # type: ignore[arg-type]
    try:
        yield found
    finally:
        await found.stop()


@pytest.fixture
def played(runs: Runs, repository: Repository) -> Played:
    return Played(runs, repository)


def statuses(played: Played, sha: str) -> dict[str, str]:
    return {one.context: one.state for one in played.repository.statuses[sha]}
