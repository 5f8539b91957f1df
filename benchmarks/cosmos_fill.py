"""Many documents into an emulator's folder by the code that writes one: the same rows, without HTTP and charges."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.cosmos_load import DATABASE
from localcloud.cosmos import writing
from localcloud.cosmos.emulator import Emulator

TOGETHER = 2_000  # documents of one transaction


def fill(data: Path, name: str, documents: Iterable[dict[str, Any]], *, throughput: int, policy: Any = None) -> None:
    """Makes a container with key `/pk` in the folder, and puts the documents into it."""
    asyncio.run(_fill(data, name, documents, throughput, policy))


async def _fill(data: Path, name: str, documents: Iterable[dict[str, Any]], throughput: int, policy: Any) -> None:
    emulator = Emulator(data)
    await emulator.start()
    try:
        body = {"indexingPolicy": policy} if policy else {}
        headers = {"x-ms-offer-throughput": str(throughput)}
        container = await emulator.create_container(DATABASE, name, "/pk", body=body, headers=headers)
        committed = None
        for number, document in enumerate(documents):
            if number % TOGETHER == 0:
                if committed is not None:
                    await committed
                committed = emulator.account.store.begin()
            change = writing.put(emulator.account, container, (document["pk"],), document, "create", writing.Wanted())
            writing.apply(container, change)
        if committed is not None:
            await committed
    finally:
        await emulator.stop()
