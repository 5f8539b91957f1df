"""A forge of its own for each test, and a real git that works with it."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from localcloud.github.events import Event
from localcloud.github.forge import Forge
from localcloud.github.repository import Repository
from localcloud.journal import Journal

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@localhost",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@localhost",
    "LC_ALL": "C.UTF-8",
}


class Failed(Exception):
    """git has failed; the text is all that it said."""


@dataclass
class WorkTree:
    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    async def git(self, *arguments: str, input: bytes = b"") -> str:
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            cwd=self.folder,
            env={**ENVIRONMENT, "HOME": str(self.folder.parent)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await asyncio.wait_for(process.communicate(input), 60))[0].decode(errors="replace")
        if process.returncode:
            raise Failed(said)
        return said.strip()

    async def commit(self, message: str, files: Mapping[str, str | bytes | None] = {}) -> str:
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        await self.git("add", "--all")
        await self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return await self.head()

    async def head(self) -> str:
        return await self.git("rev-parse", "HEAD")

    async def push(self, *arguments: str) -> str:
        return await self.git("push", "origin", *(arguments or ("main",)))

    async def refused(self, *arguments: str) -> str:
        """What git says of a command that must fail."""
        try:
            said = await self.git(*arguments)
        except Failed as error:
            return str(error)
        raise AssertionError(f"git {arguments} was not refused: {said}")


@pytest.fixture
async def forge(tmp_path: Path) -> AsyncIterator[Forge]:
    found = Forge(tmp_path / "forge", Journal(), random.Random(1))
    await found.start()
    try:
        yield found
    finally:
        await found.stop()


@pytest.fixture
def events(forge: Forge) -> list[Event]:
    """All events, as they come."""
    found: list[Event] = []

    async def listen(event: Event) -> None:
        found.append(event)

    forge.listeners.append(listen)
    return found


@pytest.fixture
def repository(forge: Forge) -> Repository:
    return forge.create("bot")


@pytest.fixture
async def work(forge: Forge, repository: Repository, tmp_path: Path) -> WorkTree:
    """A clone with one commit on `main`, which has not been pushed."""
    tree = WorkTree(tmp_path / "a folder with spaces é")
    await tree.git("init", "--quiet", "--initial-branch=main")
    await tree.git("remote", "add", "origin", f"{forge.url}/camp/bot.git".replace("//", f"//camp:{forge.token}@"))
    await tree.commit("First", {"greeting.txt": "hello\n"})
    return tree
