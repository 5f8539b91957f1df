"""Each job has a row that counts its tries; the answer is None when nothing failed. What is not JSON fails at once."""

import json
import os
from collections.abc import Iterator
from typing import Any

import boto3
import requests

reports = boto3.resource("dynamodb").Table("reports")
NAMES = ("camp-reports", "camp-reports-failed")


def make_queues(sqs: Any) -> list[str]:
    jobs, dead = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in NAMES)
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"maxReceiveCount": 5, "deadLetterTargetArn": arn})
    sqs.set_queue_attributes(QueueUrl=jobs, Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "30"})
    return [jobs, dead]


def handler(event: dict, context: Any) -> dict | None:
    failed = list(failures(event["Records"]))
    return {"batchItemFailures": failed} if failed else None


def failures(records: list[dict]) -> Iterator[dict]:
    for record in records:
        try:
            job = json.loads(record["body"])
            begun = tried(job)
            if "report" not in begun:
                finished(job, ask(job["topic"]))
        except (ValueError, TypeError, KeyError, requests.RequestException) as error:
            print(f"{record['messageId']}: {error!r}")
            yield {"itemIdentifier": record["messageId"]}


def tried(job: dict) -> dict:
    """The job's row, after one more try is counted in it."""
    return reports.update_item(
        Key={"id": job["correlation_id"]},
        UpdateExpression="ADD tries :one SET topic = :topic",
        ExpressionAttributeValues={":one": 1, ":topic": job["topic"]},
        ReturnValues="ALL_NEW",
    )["Attributes"]


def finished(job: dict, report: str) -> None:
    reports.update_item(
        Key={"id": job["correlation_id"]},
        UpdateExpression="SET report = :report",
        ExpressionAttributeValues={":report": report},
    )


def ask(topic: str) -> str:
    answer = requests.post(f"{os.environ['REPORT_ENGINE_URL']}/reports", json={"topic": topic}, timeout=15)
    answer.raise_for_status()
    return answer.json()["report"]
