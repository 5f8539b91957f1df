import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from localcloud import extras
from localcloud.aws.moto import SERVE, Moto, MotoError

PARENT = """
import sys
from localcloud.aws.moto import Moto
moto = Moto()
moto.start()
print(moto.pid, flush=True)
sys.stdin.read()
"""

# moto as it is, in its own Python: how late a long poll sees a message that became visible again half a second after it
# began, and whether a first request imports IAM.
UNCHANGED = """
import sys, time
from moto.moto_server.werkzeug_app import create_backend_app
from moto.sqs.models import SQSBackend

backend = SQSBackend("us-east-1", "123456789012")
backend.create_queue("again", {})
backend.send_message("again", "hello")
backend.receive_message("again", 1, 0, 1)
time.sleep(0.5)
began = time.monotonic()
assert backend.receive_message("again", 1, 5, 1)
print(time.monotonic() - began)
headers = {
    "X-Amz-Target": "AmazonSQS.ListQueues",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/sqs/aws4_request, Signature=0",
}
assert "moto.iam.models" not in sys.modules
assert create_backend_app("sqs").test_client().post("/", data="{}", headers=headers).status_code == 200
print("moto.iam.models" in sys.modules)
"""


@pytest.fixture(autouse=True)
def without_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.fixture(scope="module")
def own() -> Iterator[Moto]:
    extras.ensure("moto", print)
    with Moto() as running:
        yield running


def client(moto: Moto, service: str = "sqs") -> Any:
    found = moto.settings
    return boto3.client(
        service,
        endpoint_url=found["AWS_ENDPOINT_URL"],
        region_name=found["AWS_REGION"],
        aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
    )


def reports(moto: Moto, name: str) -> Any:
    dynamodb = client(moto, "dynamodb")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


def test_two_runs_never_see_each_others_queues(own: Moto) -> None:
    client(own).create_queue(QueueName="mine")
    with Moto() as other:
        assert other.port != own.port
        assert "QueueUrls" not in client(other).list_queues()


def test_a_taken_port_is_another_port_and_said_so() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = taken.getsockname()[1]
        with Moto(wanted, said.append) as moto:
            assert moto.port != wanted
            assert said == [f"Port {wanted} is in use by another program; AWS is on {moto.port} instead."]
            assert client(moto).list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_moto_dies_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout and parent.stdin
    with parent.stdout, parent.stdin:
        process = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        process.wait(10)


def test_what_does_not_start_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "serve.py"
    broken.write_text("raise SystemExit('no such module')")
    monkeypatch.setattr("localcloud.aws.moto.SERVE", broken)
    with pytest.raises(MotoError, match="Its last words:\nno such module"):
        Moto().start()


def test_no_message_is_lost_when_others_are_deleted_meanwhile(own: Moto) -> None:
    url = client(own).create_queue(QueueName="busy")["QueueUrl"]
    received: list[str] = []

    def send(name: str) -> None:
        sqs = client(own)
        for number in range(60):
            sqs.send_message(QueueUrl=url, MessageBody=f"{name} {number}")

    def receive() -> None:
        sqs = client(own)
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
            for one in messages:
                received.append(one["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])

    threads = [threading.Thread(target=send, args=(name,)) for name in ("a", "b")]
    threads += [threading.Thread(target=receive) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(received) == 120 == len(set(received))


def test_of_conditional_writes_at_the_same_time_one_succeeds(own: Moto) -> None:
    reports(own, "claims")
    won: list[int] = []

    def claim() -> None:
        dynamodb = client(own, "dynamodb")
        for number in range(15):
            try:
                item = {"id": {"S": str(number)}}
                dynamodb.put_item(TableName="claims", Item=item, ConditionExpression="attribute_not_exists(id)")
                won.append(number)
            except dynamodb.exceptions.ConditionalCheckFailedException:
                continue

    threads = [threading.Thread(target=claim) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == list(range(15))


def test_a_long_poll_returns_a_message_as_soon_as_it_is_visible_again(own: Moto) -> None:
    sqs = client(own)
    url = sqs.create_queue(QueueName="again", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    sqs.receive_message(QueueUrl=url)
    started = time.monotonic()
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    assert 0.8 < time.monotonic() - started < 1.8


def test_moto_still_needs_what_serve_replaces() -> None:
    """The workarounds are for the version in the lock file; where this fails, look at serve.py."""
    extra = extras.ensure("moto", print)
    [version] = re.findall(r'^VERSION = "(.+)"', SERVE.read_text("utf-8"), re.MULTILINE)
    assert f"moto=={version} " in (extra.locks / "requirements.lock").read_text("utf-8"), "moto was upgraded"
    done = subprocess.run([str(extra.python), "-I", "-c", UNCHANGED], capture_output=True, text=True, check=True)
    late, imports_iam = done.stdout.split()
    assert float(late) > 0.9, "moto looks often enough: receive_message can go, but for clients that have gone"
    assert imports_iam == "True", "moto imports no IAM: leave_out_iam can go"


def test_a_client_that_left_its_long_poll_receives_nothing(own: Moto) -> None:
    sqs = client(own)
    url = sqs.create_queue(QueueName="left")["QueueUrl"]
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()
    head = (
        "POST / HTTP/1.1\r\nHost: local\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/sqs/aws4_request, Signature=0\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", own.port)) as leaving:
        leaving.sendall(head.encode() + body)
        time.sleep(0.3)
    time.sleep(0.3)
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    answer = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])
    assert answer["Messages"][0]["Attributes"]["ApproximateReceiveCount"] == "1"


@pytest.mark.parametrize(("service", "call"), [("s3", "list_buckets"), ("stepfunctions", "list_state_machines")])
def test_a_service_that_is_not_there_says_so(own: Moto, service: str, call: str) -> None:
    there = client(own, service)
    with pytest.raises(there.exceptions.ClientError, match="This local AWS has SQS, SNS and DynamoDB, but not"):
        getattr(there, call)()


def test_learner_code_can_not_make_moto_call_another_program(own: Moto) -> None:
    sns = client(own, "sns")
    topic = sns.create_topic(Name="calls")["TopicArn"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}/")
        with pytest.raises(Exception, match=r"500|Unable to parse"):
            sns.publish(TopicArn=topic, Message="hello")
        with pytest.raises(TimeoutError):
            listener.accept()


def test_moto_itself_is_not_for_learner_code_to_change(own: Moto) -> None:
    client(own).create_queue(QueueName="stays")
    with socket.create_connection(("127.0.0.1", own.port)) as raw:
        raw.sendall(b"POST /moto-api/reset HTTP/1.1\r\nHost: local\r\nContent-Length: 0\r\n\r\n")
        assert b" 501 " in raw.recv(100)
    assert any(url.endswith("/stays") for url in client(own).list_queues()["QueueUrls"])
