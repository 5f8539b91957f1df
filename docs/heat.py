"""Makes docs/heat.png: `.venv/bin/python docs/heat.py`. It needs no running camp.

Saves 20,000 messages of a chat with one loud channel in the emulator, keyed by channel, on four physical partitions;
scales down to 100 RU/s each, lets the talk go on, and takes the picture of the heat map.
"""

import asyncio
import contextlib
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError
from playwright.async_api import ViewportSize, async_playwright

from localcloud.cosmos.emulator import EMULATOR_KEY

TARGET = Path(__file__).parent / "heat.png"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
VIEWPORT: ViewportSize = {"width": 1440, "height": 900}
SCALE = 1.25
MESSAGES = 20_000
NAME = "messages"
LOUD, LOUD_SHARE = "general", 0.6
QUIET = ("random", "jobs", "ops", "music", "games", "help", "lunch", "film", "photos", "news", "sports", "maps")
PARTITIONS = 4
BATCH = 100
TALK_SECONDS = 75
WRITERS = 12


async def load(endpoint: str, key: str, messages: int = MESSAGES, name: str = NAME) -> None:
    """Makes a container (keyed by channel, 10,000 RU/s for each of four partitions) and fills it, in batches."""
    async with CosmosClient(endpoint, key) as client:
        database = await client.create_database_if_not_exists("camp")
        container = await database.create_container_if_not_exists(
            name,
            PartitionKey(path="/channel"),
            offer_throughput=10_000 * PARTITIONS,
            headers={"x-camp-physical-partitions": str(PARTITIONS)},
        )
        loud = int(messages * LOUD_SHARE)
        each = (messages - loud) // len(QUIET)
        work = [(LOUD, start, min(BATCH, loud - start)) for start in range(0, loud, BATCH)]
        for channel in QUIET:
            work += [(channel, start, min(BATCH, each - start)) for start in range(0, each, BATCH)]
        rest = messages - loud - each * len(QUIET)
        if rest:
            work.append((QUIET[0], each, rest))
        random.Random(4).shuffle(work)
        queue = iter(work)
        await asyncio.gather(*(write(container, queue) for _writer in range(WRITERS)))


async def write(container: ContainerProxy, work: Iterator[tuple[str, int, int]]) -> None:
    for channel, start, count in work:
        batch = [("create", (message(channel, start + number),)) for number in range(count)]
        while True:
            try:
                await container.execute_item_batch(batch, channel)
                break
            except (CosmosHttpResponseError, CosmosBatchOperationError) as error:
                if error.status_code != 429:
                    raise


def message(channel: str, number: int) -> dict[str, Any]:
    return {"id": f"{channel}-{number}", "channel": channel, "user": "aiko", "text": f"message {number} of #{channel}"}


async def talk(endpoint: str, key: str, seconds: float, name: str = NAME) -> None:
    """People go on talking, one message at a time: most of them in the loud channel. Refused ones are lost."""
    rng = random.Random(4)
    until = asyncio.get_running_loop().time() + seconds

    async def speak(container: ContainerProxy, channels: tuple[str, ...], pause: float) -> None:
        while asyncio.get_running_loop().time() < until:
            with contextlib.suppress(CosmosHttpResponseError):
                one = message(rng.choice(channels), rng.randrange(10**9))
                await container.upsert_item(one)
            await asyncio.sleep(rng.uniform(0.5, 1.5) * pause)

    async with CosmosClient(endpoint, key) as client:
        container = client.get_database_client("camp").get_container_client(name)
        await asyncio.gather(
            *(speak(container, (LOUD,), 0.05) for _person in range(4)),
            *(speak(container, QUIET, 0.4) for _person in range(2)),
        )


async def scale_down(endpoint: str, key: str, name: str = NAME) -> None:
    """Leaves 100 RU/s to each partition."""
    async with CosmosClient(endpoint, key) as client:
        container = client.get_database_client("camp").get_container_client(name)
        await container.replace_throughput(100 * PARTITIONS)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def services() -> Iterator[tuple[str, str]]:
    """An emulator and a portal of their own; their addresses."""
    ports = {name: free_port() for name in ("cosmos", "portal", "slack")}
    endpoint = f"http://127.0.0.1:{ports['cosmos']}/"
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        environment = {**os.environ, "CosmosDbConnection": f"AccountEndpoint={endpoint};AccountKey={EMULATOR_KEY};"}
        emulator = ["localcloud.cosmos", "--memory", "--lifeline", "--port", str(ports["cosmos"])]
        portal = ["localcloud.portal", "--port", str(ports["portal"]), "--slack-port", str(ports["slack"])]
        portal += ["--functions-url", "http://127.0.0.1:1", "--journal-dir", folder]
        for command in (emulator, portal):
            process = subprocess.Popen(
                [sys.executable, "-m", *command], stdin=subprocess.PIPE, env=environment, stdout=subprocess.DEVNULL
            )
            stack.callback(process.wait, 10)
            stack.callback(process.terminate)
        yield endpoint, f"http://127.0.0.1:{ports['portal']}/"


async def listening(url: str) -> None:
    host, port = url.split("/")[2].split(":")
    for _try in range(100):
        try:
            _reader, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    sys.exit(f"Nothing listens at {url}")


async def picture(url: str, after: float = 0) -> bytes:
    """The heat map, `after` so many seconds."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = await browser.new_page(viewport=VIEWPORT, device_scale_factor=SCALE)
        await page.goto(f"{url}heat")
        await page.locator("#map .cell").first.wait_for()
        await page.wait_for_timeout(1_500 + after * 1_000)
        content = await page.screenshot()
        await browser.close()
    return content


async def main() -> None:
    with services() as (endpoint, portal):
        for url in (endpoint, portal):
            await listening(url)
        await load(endpoint, EMULATOR_KEY)
        await asyncio.sleep(3)  # the last batches overdrew: at 100 RU/s that debt would take a minute
        await scale_down(endpoint, EMULATOR_KEY)
        talking = asyncio.create_task(talk(endpoint, EMULATOR_KEY, 10 * TALK_SECONDS))
        TARGET.write_bytes(await picture(portal, TALK_SECONDS))
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
    print(TARGET)


if __name__ == "__main__":
    asyncio.run(main())
