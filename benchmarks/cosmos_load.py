"""Load on a Cosmos DB account through the unmodified SDK."""

import asyncio
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from azure.cosmos import ContainerProxy, CosmosClient, PartitionKey
from azure.cosmos.aio import ContainerProxy as AsyncContainerProxy
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient

from localcloud.cosmos.auth import EMULATOR_KEY

DATABASE = "bench"
AMPLE = 200_000  # RU/s, asked for as anybody can, so that throttling is out of the way
TEXT = "x" * 800  # with the properties and system properties around it, 1 KB


def document(number: int, key: str) -> dict[str, Any]:
    return {"id": f"item-{number}", "pk": key, "user": f"u{number % 97}", "count": number, "text": TEXT}


def container(client: CosmosClient, name: str, throughput: int = AMPLE) -> ContainerProxy:
    database = client.create_database_if_not_exists(DATABASE)
    return database.create_container_if_not_exists(name, PartitionKey("/pk"), offer_throughput=throughput)


def client(url: str) -> CosmosClient:
    return CosmosClient(url, EMULATOR_KEY)


def timed(action: Callable[[], Any]) -> float:
    """Seconds that an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def beside(emulated: Callable[[], Any], canned: Callable[[], Any], rounds: int, calls: int) -> tuple[float, float]:
    """Calls a second of both, in rounds that take turns: the medians."""

    def rate(action: Callable[[], Any]) -> float:
        started = time.perf_counter()
        for _number in range(calls):
            action()
        return calls / (time.perf_counter() - started)

    rates = [(rate(emulated), rate(canned)) for _round in range(rounds)]
    return statistics.median(one for one, _other in rates), statistics.median(other for _one, other in rates)


def numbers() -> Iterator[int]:
    """0, 1, 2 ... 999, and again."""
    while True:
        yield from range(1_000)


async def _upserts(container: AsyncContainerProxy, until: float, seconds: list[float]) -> None:
    while (started := time.perf_counter()) < until:
        name = uuid.uuid4().hex
        await container.upsert_item({**document(0, name[:8]), "id": name})
        seconds.append(time.perf_counter() - started)


async def _concurrent(url: str, name: str, clients: int, duration: float) -> list[float]:
    seconds: list[float] = []
    async with AsyncCosmosClient(url, EMULATOR_KEY) as one:
        proxy = one.get_database_client(DATABASE).get_container_client(name)
        await proxy.upsert_item(document(0, "warm"))
        until = time.perf_counter() + duration
        await asyncio.gather(*(_upserts(proxy, until, seconds) for _client in range(clients)))
    return seconds


def _in_process(url: str, name: str, clients: int, duration: float) -> list[float]:
    return asyncio.run(_concurrent(url, name, clients, duration))


def concurrent_upserts(url: str, name: str, clients: int, duration: float, processes: int = 1) -> list[float]:
    """1 KB upserts by so many concurrent clients, in processes of their own: every request's seconds."""
    share = clients // processes
    with ProcessPoolExecutor(processes, get_context("spawn")) as others:
        jobs = [others.submit(_in_process, url, name, share, duration) for _process in range(processes)]
        return [one for job in jobs for one in job.result()]
