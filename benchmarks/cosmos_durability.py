"""The emulator killed with SIGKILL while it is written to: what was acknowledged must be there, and whole."""

import asyncio
import hashlib
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson

from benchmarks import cosmos_servers, cosmos_wire
from benchmarks.cosmos_load import AMPLE, DATABASE, client, container
from localcloud.cosmos.emulator import Emulator
from localcloud.cosmos.writing import terms_of

CONNECTIONS = 32


def kills(times: int, acknowledged: int) -> tuple[int, int, int]:
    """How many writes were acknowledged in all, how many of them are lost, how many documents are torn."""
    total = lost = torn = 0
    with ProcessPoolExecutor(1, get_context("spawn")) as other_process:
        for number in range(times):
            with tempfile.TemporaryDirectory() as folder:
                name = f"storm-{number}"
                with cosmos_servers.emulator(Path(folder)) as (process, url):
                    container(client(url), name, AMPLE)
                    job = other_process.submit(
                        cosmos_wire.until_killed, url, name, CONNECTIONS, process.pid, acknowledged
                    )
                    ids = job.result()
                gone, broken = asyncio.run(missing(Path(folder), name, set(ids)))
                total, lost, torn = total + len(ids), lost + gone, torn + broken
    return total, lost, torn


async def missing(data: Path, name: str, ids: set[str]) -> tuple[int, int]:
    """How many of the documents are not there, and how many that are there are not whole or not as indexed."""
    emulator = Emulator(data)
    await emulator.start()
    try:
        store, found = emulator.account.store, emulator.container(DATABASE, name)
        indexed: dict[int, set[Any]] = {}
        for path, term, doc in store.rows(f"SELECT path,term,doc FROM terms_{found.number}"):
            indexed.setdefault(doc, set()).add((path, term))
        torn = 0
        for doc, body in store.rows(f"SELECT doc,body FROM docs_{found.number}"):
            document = orjson.loads(body)
            whole = document["check"] == hashlib.sha256(document["id"].encode()).hexdigest()
            torn += not whole or indexed.pop(doc, set()) != terms_of(found, document)
            ids.discard(document["id"])
        return len(ids), torn + len(indexed)
    finally:
        await emulator.stop()
