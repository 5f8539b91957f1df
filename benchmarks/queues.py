"""Lab 4: its checks, a load with crashes, the poison path, the queue trigger, and what AWS keeps in memory.

CAMP_BENCH_MESSAGES is how many messages the load has.
"""

import asyncio
import base64
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import psutil

from autograder import project
from autograder.camp import Camp
from autograder.checks.dead_letters import POISON
from autograder.checks.reports import QUEUE, at_rest, text_of
from autograder.environment import Environment
from autograder.lab import Lab, find_lab
from benchmarks import queue_trigger
from benchmarks.figure import Figure
from benchmarks.measuring import checks
from localcloud import extras
from localcloud.aws.account import ENDPOINT, REGION
from localcloud.aws.client import AwsClient
from localcloud.aws.moto import EXTRA, Moto
from localcloud.cosmos.view import Cosmos
from localcloud.engine.engine import Engine
from localcloud.functions.bindings.queue_client import QueueAccount
from localcloud.functions.loading.settings import Connection
from localcloud.loopback import free_port
from localcloud.slack.model import Channel
from localcloud.slack.view import Slack
from localcloud.storage.view import Storage

MESSAGES = int(os.environ.get("CAMP_BENCH_MESSAGES", "10000"))
JOBS_A_CHANNEL = 10  # Slack takes twenty posts at once in each channel
SENDERS = 8
SECONDS_OF_WORK = 0.5  # between a crash and the next aim: with the silence, about a crash a second
SECONDS_TO_BE_INSIDE = 5.0
SECONDS_OF_SILENCE = 0.5  # then whoever posts has posted
SECONDS_WITHOUT_PROGRESS = 120.0
POISONED = 5
SECONDS_TO_SETTLE = 10.0


@dataclass(frozen=True)
class Job:
    id: str
    topic: str
    channel: Channel


@dataclass
class Load:
    """What came of the messages. A job whose worker was killed in each of its five tries has a letter, or waits on the
    poison queue for its letter: it is neither done nor lost."""

    seconds: float
    crashes: int
    lost: int
    doubled: int
    aside: int


def run() -> list[Figure]:
    lab = find_lab("4")
    extras.ensure(EXTRA, lambda line: print(line, file=sys.stderr))
    load, poison = asyncio.run(in_one_cloud(lab))
    what = (
        f"{MESSAGES:,} messages, two workers, {load.crashes} crashes inside the engine call in {load.seconds:,.0f} s "
        f"(one every {load.seconds / max(1, load.crashes):.1f} s), {load.aside} set aside after five"
    )
    return [
        checks(lab, 30),
        Figure(f"{what}: lost", load.lost, "messages", "<=", 0),
        Figure(f"{what}: doubled", load.doubled, "posts", "<=", 0),
        Figure(f"poison path, sped-up clock: sent to moved (median of {POISONED})", poison, "s", "<=", 3),
        *queue_trigger.run(),
        memory(lab),
    ]


async def in_one_cloud(lab: Lab) -> tuple[Load, float]:
    """The load, then the poison path."""
    environment = await Environment.start(lab, lab.solution, "benchmark", workers=2)
    try:
        camp = environment.camp(random.Random("benchmark"))
        async with sender(camp) as account:
            return await loaded(camp, account), await poison_path(camp, account)
    finally:
        await environment.stop()


@asynccontextmanager
async def sender(camp: Camp) -> AsyncIterator[QueueAccount]:
    account = QueueAccount(Connection("AzureWebJobsStorage", camp[Storage].connection_string))
    try:
        yield account
    finally:
        await account.close()


async def loaded(camp: Camp, account: QueueAccount) -> Load:
    """Puts all jobs on the queue, while the workers crash, and waits until all are done."""
    jobs = some_jobs(camp, MESSAGES)
    done = asyncio.Event()
    started = time.perf_counter()
    sending = asyncio.create_task(send(account, jobs))
    crashing = asyncio.create_task(crash(camp, done))
    try:
        await until_done(camp, jobs)
        await sending
    finally:
        done.set()
        crashes = await crashing
    seconds = time.perf_counter() - started
    await at_rest(camp, SECONDS_WITHOUT_PROGRESS)
    posts = posts_of(camp, jobs)
    left = {id for id, count in posts.items() if not count}
    aside = left & (letters_of(camp) | await waiting_for_a_letter(camp))
    doubled = sum(count - 1 for count in (*posts.values(), *calls_for_help(camp).values()) if count)
    return Load(seconds, crashes, len(left - aside), doubled, len(aside))


def some_jobs(camp: Camp, count: int) -> list[Job]:
    slack = camp[Slack]
    channels = [slack.workspace.add_channel(f"load-{number}") for number in range(-(-count // JOBS_A_CHANNEL))]
    places = [channels[number % len(channels)] for number in range(count)]
    return [Job(f"{place.id}:{number:06}.000100", f"topic {number}", place) for number, place in enumerate(places)]


async def send(account: QueueAccount, jobs: list[Job]) -> None:
    left = iter(jobs)

    async def some() -> None:
        for job in left:
            body = {"correlation_id": job.id, "topic": job.topic, "channel": job.channel.id, "thread_ts": None}
            await account.send(QUEUE, base64.b64encode(json.dumps(body).encode()).decode())

    await asyncio.gather(*(some() for _sender in range(SENDERS)))


async def crash(camp: Camp, done: asyncio.Event) -> int:
    """Kills a worker inside its calls of the engine, about once a second, until all is done; how often. The engine
    holds its answers for so long that whoever runs waits for one."""
    engine, crashes = camp[Engine], 0
    while not done.is_set():
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(done.wait(), SECONDS_OF_WORK)
        engine.hold()
        try:
            await asyncio.wait_for(engine.all_inside(SECONDS_OF_SILENCE), SECONDS_TO_BE_INSIDE)
            await camp.host.crash(camp.rng.choice(camp.host.worker_pids))
            crashes += 1
        except asyncio.TimeoutError:
            pass  # nobody calls: the last jobs are done
        finally:
            engine.release()
    return crashes


async def until_done(camp: Camp, jobs: list[Job]) -> None:
    """Returns once every job has a post or a letter, or nothing has come for long."""
    best, since = 0, time.monotonic()
    while time.monotonic() - since < SECONDS_WITHOUT_PROGRESS:
        aside = letters_of(camp) | await waiting_for_a_letter(camp)
        found = len(aside | {id for id, count in posts_of(camp, jobs).items() if count})
        if found == len(jobs):
            return
        if found > best:
            best, since = found, time.monotonic()
        await asyncio.sleep(0.5)


def posts_of(camp: Camp, jobs: list[Job]) -> dict[str, int]:
    """How often the result of each job was posted."""
    counts = dict.fromkeys((job.id for job in jobs), 0)
    for channel in {job.channel.id: job.channel for job in jobs}.values():
        for post in camp[Slack].posts(channel):
            counts[text_of(post).rpartition("(job ")[2].rstrip(")")] += 1
    return counts


def calls_for_help(camp: Camp) -> Counter[str]:
    """How often the letter of each job was reported in the channel #ops."""
    slack = camp[Slack]
    return Counter(text_of(post).rpartition("(job ")[2].rstrip(")") for post in slack.posts(slack.ops))


def letters_of(camp: Camp) -> set[str]:
    return {str(letter["id"]) for letter in camp[Cosmos].all("deadletters")}


async def waiting_for_a_letter(camp: Camp) -> set[str]:
    """The jobs on the poison queue. A worker that died with one of them hides it for ten minutes, as on Azure."""
    if not await camp[Storage].count(POISON):
        return set()
    moved = {entry.facts["message_id"] for entry in camp.journal.entries if entry.kind == "queue.poisoned"}
    texts = [one.text for one in camp.host.queues.seen(QUEUE) if one.id in moved]
    return {str(json.loads(base64.b64decode(text))["correlation_id"]) for text in texts} - letters_of(camp)


async def poison_path(camp: Camp, account: QueueAccount) -> float:
    """Seconds from a message's way onto the queue to its move to the poison queue, after five tries."""
    engine, seconds = camp[Engine], []
    for job in some_failing_jobs(camp):
        engine.fail(job.topic)
        since, started = camp.journal.last, time.time()
        await send(account, [job])
        async for entry in camp.journal.follow(since):
            if entry.kind == "queue.poisoned" and entry.facts["poison_queue"] == POISON:
                seconds.append(entry.at - started)
                break
        await at_rest(camp)
    await engine.works()
    return statistics.median(seconds)


def some_failing_jobs(camp: Camp) -> list[Job]:
    place = camp[Slack].channel()
    return [Job(f"{place.id}:9{number:05}.000100", f"failing {number}", place) for number in range(POISONED)]


def memory(lab: Lab) -> Figure:
    """moto and the mapping with nothing to do. The mapping's function is the learner's own process, and not counted."""
    with Moto() as moto, tempfile.TemporaryFile() as log:
        arguments = ["--app", str(lab.solution), "--handler", "sqs_worker.py:handler", "--queues", "make_queues"]
        port = free_port()
        mapping = subprocess.Popen(
            [
                *(sys.executable, "-m", "localcloud.aws", *arguments),
                *("--python", str(project.apps_python()), "--port", str(port)),
            ],
            env={**os.environ, **moto.settings, "REPORT_ENGINE_URL": "http://127.0.0.1:9"},
            stdout=log,
            stderr=log,
        )
        try:
            asyncio.run(queues_made(moto.settings[ENDPOINT]))
            time.sleep(SECONDS_TO_SETTLE)
            assert moto.pid
            parts = [psutil.Process(pid).memory_info().rss / 1e6 for pid in (moto.pid, mapping.pid)]
            own = sum(one.memory_info().rss for one in psutil.Process(mapping.pid).children(recursive=True)) / 1e6
        finally:
            mapping.terminate()
            mapping.wait(30)
    name = f"moto ({parts[0]:.0f} MB) and mapping ({parts[1]:.0f} MB), idle (the handler's own process: {own:.0f} MB)"
    return Figure(name, sum(parts), "MB", "<=", 120)


async def queues_made(endpoint: str) -> None:
    async with AwsClient(endpoint, REGION) as aws:
        deadline = time.monotonic() + 60
        while not (await aws.sqs("ListQueues")).get("QueueUrls"):
            if time.monotonic() > deadline:
                raise RuntimeError("the mapping has made no queues")
            await asyncio.sleep(0.2)
