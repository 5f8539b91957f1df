"""A handler that a person edits, and the program that `camp up` runs."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from autograder import project
from localcloud.aws.account import settings
from localcloud.aws.client import AwsClient
from localcloud.aws.function import Handler
from localcloud.aws.hosted import Hosted, Source, app_settings
from localcloud.aws.moto import Moto
from localcloud.aws.view import Aws
from localcloud.loopback import free_port

WORKER = """
def make_queues(sqs):
    return [sqs.create_queue(QueueName="hosted")["QueueUrl"]]

def handler(event, context):
    print("WORD", [one["body"] for one in event["Records"]])
"""


@pytest.fixture
def own() -> Iterator[Moto]:
    with Moto() as running:
        yield running


@asynccontextmanager
async def hosting(folder: Path, endpoint: str) -> AsyncIterator[Hosted]:
    source = Source(Handler(folder, "sqs_worker", "handler"), "make_queues")
    hosted = Hosted(source, endpoint, project.apps_python(), settings(endpoint))
    task = asyncio.create_task(hosted.run())
    try:
        yield hosted
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def texts(hosted: Hosted) -> list[str]:
    return [str(entry.facts.get("message") or entry.facts.get("problem") or "") for entry in hosted.journal.entries]


async def until(hosted: Hosted, done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    for _look in iter(lambda: bool(done()), True):
        assert time.monotonic() < deadline, list(hosted.journal.entries)
        await asyncio.sleep(0.05)


async def said(hosted: Hosted, words: str) -> str:
    """The first text with these words, waited for."""
    await until(hosted, lambda: any(words in text for text in texts(hosted)))
    return next(text for text in texts(hosted) if words in text)


async def test_a_handler_is_loaded_again_when_its_file_is_saved(moto: Moto, aws: AwsClient, tmp_path: Path) -> None:
    file = tmp_path / "sqs_worker.py"
    async with hosting(tmp_path, moto.endpoint) as hosted:
        assert await said(hosted, "There is no") == "There is no sqs_worker.py."
        file.write_text("def make_queues(sqs): return 1 /")
        assert "Runtime.UserCodeSyntaxError" in await said(hosted, "sqs_worker.py: ")
        file.write_text(WORKER.replace("WORD", "first"))
        await until(hosted, lambda: hosted.urls)
        (url,) = hosted.urls
        await Aws(aws).send(url, "a")
        await said(hosted, "first ['a']")
        file.write_text(WORKER.replace("WORD", "second"))
        await until(hosted, lambda: [one.kind for one in hosted.journal.entries].count("lambda.reloaded") == 3)
        await Aws(aws).send(url, "b")
        await said(hosted, "second ['b']")


async def test_code_that_the_module_writes_while_it_is_loaded_does_not_load_it_for_ever(
    moto: Moto, tmp_path: Path
) -> None:
    file = tmp_path / "sqs_worker.py"
    source = "import pathlib, time\npathlib.Path(__file__).with_name('made.py').write_text(f'MADE = {time.time()}')\n"
    async with hosting(tmp_path, moto.endpoint) as hosted:
        await said(hosted, "There is no")
        file.write_text(source + WORKER)
        await until(hosted, lambda: hosted.urls)

        def loads() -> int:
            return [one.kind for one in hosted.journal.entries].count("lambda.reloaded")

        for _look in range(60):  # at last it is at rest
            before = loads()
            await asyncio.sleep(4)
            if loads() == before:
                break
        assert loads() <= 4
        file.write_text(source + WORKER + "\n")
        await until(hosted, lambda: loads() > before)


async def test_queues_are_made_again_when_they_are_gone(own: Moto, tmp_path: Path) -> None:
    (tmp_path / "sqs_worker.py").write_text(WORKER)
    async with hosting(tmp_path, own.endpoint) as hosted, AwsClient(own.endpoint, "us-east-1") as client:
        await until(hosted, lambda: hosted.urls)
        await client.sqs("DeleteQueue", QueueUrl=hosted.urls[0])
        await said(hosted, "does not exist")
        await until(hosted, lambda: [one.kind for one in hosted.journal.entries].count("lambda.started") == 2)
        for _look in range(200):
            if await Aws(client).queues():
                break
            await asyncio.sleep(0.05)
        assert await Aws(client).queues() == hosted.urls


def test_the_program_tells_which_queues_are_mapped_and_ends_with_its_parent(own: Moto, tmp_path: Path) -> None:
    (tmp_path / "sqs_worker.py").write_text(WORKER)
    port = free_port()
    command = [sys.executable, "-m", "localcloud.aws", "--app", str(tmp_path), "--handler", "sqs_worker.py:handler"]
    command += ["--queues", "make_queues", "--python", str(project.apps_python()), "--port", str(port), "--lifeline"]
    environ = {**os.environ, **settings(own.endpoint), "AWS_PROFILE": "work"}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)
    assert process.stdin and process.stderr
    with process.stdin, process.stderr:
        found: list[str] = []
        for _try in range(600):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                found = json.load(answer)["queues"]
            if found:
                break
            assert process.poll() is None, process.stderr.read()
            subprocess.run(["sleep", "0.1"], check=True)
        assert found == [f"{own.endpoint}/123456789012/hosted"]
        process.stdin.close()
        assert process.wait(15) == 0


def test_a_persons_own_settings_for_aws_are_not_the_apps() -> None:
    given = {"AWS_PROFILE": "work", "AWS_REGION": "us-east-1", "PYTHONPATH": "/x", "REPORT_ENGINE_URL": "http://e"}
    assert app_settings(given) == {"AWS_REGION": "us-east-1", "REPORT_ENGINE_URL": "http://e"}
