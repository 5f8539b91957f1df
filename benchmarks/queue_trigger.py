"""The queue trigger beside Azurite alone: messages sent, received and deleted a second, in the same run."""

import asyncio
import base64
import tempfile
import time
from pathlib import Path

from autograder import project
from benchmarks.figure import Figure
from localcloud.functions.bindings.queue_client import QueueAccount
from localcloud.functions.host import FunctionsHost
from localcloud.functions.loading.settings import Connection
from localcloud.storage import Azurite

MESSAGES = 2_000
ROUNDS = 3
SENDERS = 4
BATCH = 16
TEXT = base64.b64encode(b'{"topic": "benchmarks"}').decode()
APP = """
import azure.functions as func

app = func.FunctionApp()


@app.queue_trigger(arg_name="message", queue_name="through-host", connection="AzureWebJobsStorage")
def work(message: func.QueueMessage) -> None:
    message.get_json()
"""


async def send(account: QueueAccount, queue: str) -> None:
    """Puts all messages on the queue."""

    async def some() -> None:
        for _ in range(MESSAGES // SENDERS):
            await account.send(queue, TEXT)

    await asyncio.gather(*(some() for _ in range(SENDERS)))


async def alone(account: QueueAccount) -> float:
    """Messages a second by the same client without a host: sent, received in batches, deleted."""

    async def receive() -> None:
        left = MESSAGES
        while left:
            messages = await account.receive("alone", BATCH, 60)
            await asyncio.gather(*(account.delete("alone", one, one.pop_receipt) for one in messages))
            left -= len(messages)

    await account.create("alone")
    started = time.perf_counter()
    await asyncio.gather(send(account, "alone"), receive())
    return MESSAGES / (time.perf_counter() - started)


async def through_host(account: QueueAccount, connection: str, folder: Path) -> float:
    """Messages a second when the trigger receives them, runs a trivial function and deletes them."""
    (folder / "function_app.py").write_text(APP)
    (folder / "host.json").write_text('{"version": "2.0"}')
    await account.create("through-host")
    host = FunctionsHost(folder, settings={"AzureWebJobsStorage": connection}, python=project.apps_python(), fast=True)
    await host.start()
    done = 0
    try:
        started = time.perf_counter()
        sending = asyncio.create_task(send(account, "through-host"))
        async for entry in host.journal.follow():
            done += entry.kind == "invocation.finished"
            if done == MESSAGES:
                break
        await sending
        return MESSAGES / (time.perf_counter() - started)
    finally:
        await host.stop()


async def measure(connection: str) -> tuple[float, float]:
    account = QueueAccount(Connection("AzureWebJobsStorage", connection))
    try:
        with tempfile.TemporaryDirectory() as folder:
            return await alone(account), await through_host(account, connection, Path(folder))
    finally:
        await account.close()


def run() -> list[Figure]:
    pairs = []
    for _ in range(ROUNDS):
        with Azurite(memory=True) as azurite:
            pairs.append(asyncio.run(measure(azurite.connection_string())))
    azurite_rate, host_rate = sorted(pairs, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
    name = f"queue trigger, {host_rate:,.0f} messages/s, beside Azurite alone, {azurite_rate:,.0f} (median of {ROUNDS})"
    return [Figure(name, 100 * host_rate / azurite_rate, "%", ">=", 80)]
