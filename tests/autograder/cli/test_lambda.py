import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from localcloud import extras
from localcloud.aws.moto import Moto

CampCommand = Callable[..., "subprocess.CompletedProcess[str]"]
MAIN = [sys.executable, "-c", "from autograder.cli import main; main()"]
WORKER = """
import os, boto3

def handler(event, context):
    queues = boto3.client("sqs").list_queues()["QueueUrls"]
    for one in event["Records"]:
        print("got", one["body"], os.environ["COLOUR"], len(queues))
"""


def test_the_mapping_alone_gives_messages_to_a_handler_until_ctrl_c(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "sqs_worker.py").write_text(WORKER)
    (tmp_path / "local.settings.json").write_text('{"IsEncrypted": false, "Values": {"COLOUR": "green"}}')
    extras.ensure("moto", print)
    with Moto() as moto:
        sqs = boto3.client(
            "sqs",
            endpoint_url=moto.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        url = sqs.create_queue(QueueName="reports")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="cats")
        arguments = ["lambda", "start", "--handler", "sqs_worker.py:handler", "--queue", url, "--timeout", "30"]
        command = subprocess.Popen(
            [*MAIN, *arguments],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert command.stdout
        with command.stdout:
            said: list[str] = []
            for line in command.stdout:
                said.append(line.rstrip())
                if "done and deleted" in line:
                    break
            command.send_signal(signal.SIGINT)
            assert command.wait(20) == 0
    assert said[0] == f"Messages of {url} go to sqs_worker.handler, at most 10 at a time. Ctrl-C ends this."
    assert "got cats green 1" in said
    assert said[-1] == "1 done and deleted, 0 come back, 0 go to the dead-letter queue."


@pytest.mark.parametrize(
    ("handler", "queue", "words"),
    [
        ("nowhere.py:handler", "http://127.0.0.1:4566/123456789012/reports", "There is no file"),
        ("sqs_worker.py", "http://127.0.0.1:4566/123456789012/reports", "write FILE:NAME"),
        ("sqs_worker.py:handler", "reports", "is no queue's URL"),
    ],
)
def test_a_wrong_handler_or_queue_is_a_usage_error(
    camp_command: CampCommand, camp_root: Path, handler: str, queue: str, words: str
) -> None:
    (camp_root / "sqs_worker.py").write_text(WORKER)
    done = camp_command("lambda", "start", "--handler", handler, "--queue", queue)
    assert done.returncode == 2
    assert words in done.stderr
