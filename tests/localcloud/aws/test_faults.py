"""What may go wrong with a handler that a queue triggers, asked for as the portal and `camp fault` do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from localcloud.aws.client import AwsClient
from localcloud.aws.hosted import Hosted
from localcloud.aws.moto import Moto
from localcloud.aws.program import application
from localcloud.aws.service import LAMBDA_URL
from localcloud.aws.terminal import lines
from localcloud.aws.view import Aws
from localcloud.portal.faults.sources import Source, sources
from localcloud.portal.guard import Refused
from localcloud.portal.page import Connections
from localcloud.serving import Server

from .test_hosted import hosting, until

SLEEPER = """
import time

def make_queues(sqs):
    return [sqs.create_queue(QueueName="NAME", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]]

def handler(event, context):
    for one in event["Records"]:
        print("got", one["messageId"], one["body"])
        if one["body"] == "slow" and int(one["attributes"]["ApproximateReceiveCount"]) == 1:
            time.sleep(50)
"""


@asynccontextmanager
async def served(folder: Path, moto: Moto) -> AsyncIterator[tuple[Hosted, Source, str]]:
    """A handler with its queue, its faults as the portal knows them, and where its program answers."""
    (folder / "sqs_worker.py").write_text(SLEEPER.replace("NAME", folder.name))
    async with hosting(folder, moto.endpoint) as hosted:
        server = Server(application(hosted))
        await server.start()
        [source] = sources(Connections({LAMBDA_URL: server.url}, folder, services=()))[-1:]
        await until(hosted, lambda: hosted.urls)
        yield hosted, source, server.url
        await server.stop()


def entries(hosted: Hosted, kind: str) -> list[dict[str, Any]]:
    return [dict(one.facts) for one in hosted.journal.entries if one.kind == kind]


async def test_a_batch_that_was_done_comes_once_more(moto: Moto, aws: AwsClient, tmp_path: Path) -> None:
    async with served(tmp_path, moto) as (hosted, source, _url):
        await source.inject("twice", {})
        assert [one["name"] for one in (await source.state())["active"]] == ["twice"]
        [id] = await Aws(aws).send(hosted.urls[0], "a")
        await until(hosted, lambda: len(entries(hosted, "lambda.finished")) == 2)
        [other] = await Aws(aws).send(hosted.urls[0], "b")
        await until(hosted, lambda: len(entries(hosted, "lambda.finished")) == 3)
        got = [one["messages"][0]["id"] for one in entries(hosted, "lambda.invoked")]
        assert got == [id, id, other]
        assert (await Aws(aws).depth(hosted.urls[0])).all == 0
        with pytest.raises(Refused, match="over already"):
            await source.end("twice", "")


async def test_a_crash_gives_the_message_to_another_process(moto: Moto, aws: AwsClient, tmp_path: Path) -> None:
    async with served(tmp_path, moto) as (hosted, source, _url):
        await Aws(aws).send(hosted.urls[0], "slow")
        await until(hosted, lambda: entries(hosted, "lambda.log"))
        await source.inject("crash", {})
        await until(hosted, lambda: len(entries(hosted, "lambda.finished")) == 2)
        first, second = entries(hosted, "lambda.finished")
        assert (first["outcome"], second["outcome"]) == ("failed", "succeeded")
        words = [line for entry in hosted.journal.entries for line in lines(entry)]
        assert "A fault was asked for: The handler's process is killed in the middle of what it does." in words


async def test_a_recycled_handler_starts_cold(moto: Moto, aws: AwsClient, tmp_path: Path) -> None:
    async with served(tmp_path, moto) as (hosted, source, _url):
        await source.inject("recycle", {})
        with pytest.raises(Refused, match="No process of the handler runs now"):
            await source.inject("crash", {})
        await Aws(aws).send(hosted.urls[0], "a")
        await until(hosted, lambda: entries(hosted, "lambda.finished"))
        assert entries(hosted, "lambda.finished")[0]["cold"]


async def test_what_is_no_fault_is_refused_with_a_sentence(moto: Moto, tmp_path: Path) -> None:
    async with served(tmp_path, moto) as (_hosted, source, url), aiohttp.ClientSession() as http:
        for name, fields, says in (
            ("flood", {}, "There is no fault flood"),
            ("twice", {"times": 0}, "a whole number from 1 to 100"),
            ("crash", {"by": 1}, "takes no by"),
        ):
            with pytest.raises(Refused, match=says):
                await source.inject(name, fields)
        for body in (b"[]", b"{", b'"x"'):
            async with http.post(f"{url}/faults/twice", data=body) as answer:
                assert answer.status == 400 and (await answer.json())["error"]
    with pytest.raises(Refused, match="does not answer"):
        await source.state()
