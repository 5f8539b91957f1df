"""The processes that `camp up` runs for AWS."""

import asyncio
import subprocess
import time
from pathlib import Path

from autograder import project
from localcloud.aws.account import settings
from localcloud.aws.client import AwsClient
from localcloud.aws.service import SERVICE
from localcloud.cloud import Opened
from localcloud.loopback import free_port
from localcloud.supervisor import ServiceProcess

TABLE = {"tables": {"reports": "id"}, "handler": "sqs_worker.py:handler"}


def opened(app: Path, table: dict[str, object]) -> Opened:
    ports = {"aws": free_port(), "lambda": free_port()}
    endpoint = f"http://127.0.0.1:{ports['aws']}"
    prepared = {"aws": SERVICE.prepare(table)}
    return Opened(("aws",), ports, {}, app, app, project.apps_python(), prepared, settings(endpoint))


async def ready(service: ServiceProcess) -> None:
    deadline = time.monotonic() + 60
    while not await service.ready.answers():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    if service.when_ready:
        await service.when_ready()


def start(service: ServiceProcess) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        service.argv, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**service.env}
    )


def end(process: "subprocess.Popen[bytes]") -> int:
    """By the lifeline, as the supervisor does."""
    process.communicate(timeout=20)
    return process.returncode


async def test_the_local_aws_has_the_labs_tables_and_its_settings_lead_there(tmp_path: Path) -> None:
    camp = opened(tmp_path, {"tables": {"reports": "id"}})
    (service,) = SERVICE.processes(camp)
    process = start(service)
    try:
        await ready(service)
        async with AwsClient(SERVICE.settings(camp)["AWS_ENDPOINT_URL"], "us-east-1") as client:
            assert await client.dynamodb("ListTables") == {"TableNames": ["reports"]}
    finally:
        assert end(process) == 0


def test_a_lab_with_a_handler_has_a_process_for_it_that_needs_aws(tmp_path: Path) -> None:
    camp = opened(tmp_path, TABLE)
    aws, handler = SERVICE.processes(camp)
    assert (aws.name, handler.name, handler.needs) == ("aws", "lambda", ("aws",))
    assert {**handler.env}["AWS_ENDPOINT_URL"] == camp.url_of("aws")
    assert [*handler.argv][-1] == "--lifeline" and "sqs_worker.py:handler" in handler.argv
