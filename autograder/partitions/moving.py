"""The learner's move, to look at: old messages, new ones and edits, and how many have arrived.

It runs on an account of its own, as `camp func start --app .../migrate` would on another: documents of other labs in
the open camp are none of the move's business.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from azure.cosmos.aio import ContainerProxy

from autograder.ownkey import NoKey, own_key
from localcloud.cosmos.emulator import Emulator
from localcloud.load.driver import LoadFailed, client, made
from localcloud.load.rush import START, Account, private_account
from localcloud.load.town import HOUR, Message, Town
from localcloud.loopback import free_port
from localcloud.messages import _

FOLDER = "migrate"
DATABASE, SOURCE, LEASES, TARGET = "camp", "messages", "leases", "messages_by_key"
OLD, NEW, EDITS = 300, 100, 60
AMPLE = 40_000  # RU/s: the move is not about throughput
LOOK_EVERY, SECONDS, SECONDS_TO_END = 0.3, 60.0, 10.0
SECONDS_BETWEEN_WRITES = 0.02
LOG_LINES = 6


@dataclass(frozen=True)
class Moved:
    """How far a move is."""

    moved: int  # messages that are there
    twice: int  # of these, more than once
    old_texts: int  # of these, with a text that was edited since
    of: int
    log: str = ""  # the end of the host's, where something is missing

    @property
    def is_done(self) -> bool:
        return self.moved == self.of and not self.old_texts


async def moved(folder: Path, seed: int, say: Callable[[Moved], None]) -> Moved:
    """Moves a town's messages by the app in `folder`/migrate, while more of them come; `say` is called with the
    progress. NoKey, LoadFailed."""
    app = folder / FOLDER
    if not (app / "function_app.py").is_file():
        raise NoKey(_("There is no function_app.py in {folder}.").format(folder=app))
    said = Town.of(seed).messages(OLD + NEW, START, 12 * HOUR, part="move")
    own = await asyncio.to_thread(own_key, folder, said[:1])
    async with private_account() as account, client(account.url, account.key) as sdk:
        database = await sdk.create_database_if_not_exists(DATABASE)
        source = await made(database, SOURCE, ("/channel",), throughput=AMPLE)
        await made(database, LEASES, ("/id",), throughput=AMPLE)
        await made(database, TARGET, own.paths, throughput=AMPLE, indexing_policy=own.indexing_policy)
        assert account.emulator
        await account.emulator.put(DATABASE, SOURCE, list(said[:OLD]))
        async with _host(app, account) as log:
            latest = {one["id"]: one for one in said[:OLD]}
            writing = asyncio.create_task(_write(source, latest, said[OLD:], seed))
            try:
                found = await _watched(account.emulator, latest, len(said), say)
            finally:
                writing.cancel()
                [ended] = await asyncio.gather(writing, return_exceptions=True)
            if isinstance(ended, Exception):
                raise LoadFailed(_("The messages could not be written: {why}").format(why=ended)) from ended
            return found if found.is_done else replace(found, log=_tail(log))


async def _write(source: ContainerProxy, latest: dict[str, Message], new: Sequence[Message], seed: int) -> None:
    """What is said and edited while the move goes on."""
    rng = random.Random(f"edits {seed}")
    edited = rng.sample(sorted(latest), EDITS)
    for one in [*new, *({**latest[id], "text": f"edited: {latest[id]['text']}"} for id in edited)]:
        await source.upsert_item(one)
        latest[one["id"]] = one
        await asyncio.sleep(SECONDS_BETWEEN_WRITES)


async def _watched(emulator: Emulator, latest: dict[str, Message], count: int, say: Callable[[Moved], None]) -> Moved:
    """Until all have arrived as they are in the end, or no time is left."""
    ends = time.monotonic() + SECONDS
    while True:
        there = emulator.documents(DATABASE, TARGET)
        ids = Counter(str(one.get("id")) for one in there)
        old = {str(one["id"]) for one in there if one.get("text") != latest.get(str(one["id"]), one).get("text")}
        found = Moved(len(ids), sum(times > 1 for times in ids.values()), len(old), count)
        say(found)
        if (found.is_done and len(latest) == count and _all_edited(latest)) or time.monotonic() > ends:
            return found
        await asyncio.sleep(LOOK_EVERY)


def _all_edited(latest: dict[str, Message]) -> bool:
    return sum(one["text"].startswith("edited: ") for one in latest.values()) == EDITS


@asynccontextmanager
async def _host(app: Path, account: Account) -> AsyncIterator[Path]:
    """The Functions host, as `camp func start` runs it; the file with its log."""
    connection = f"AccountEndpoint={account.url}/;AccountKey={account.key};"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "host.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "autograder.cli", "func", "start", "--app", str(app)),
                *("--port", str(free_port()), "--state-dir", str(Path(folder) / "state")),
                env={**os.environ, "CosmosDbConnection": connection}, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            yield log
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            try:
                await asyncio.wait_for(process.wait(), SECONDS_TO_END)
            except asyncio.TimeoutError:
                process.kill()
                await process.wait()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-LOG_LINES:])
