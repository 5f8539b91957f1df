"""The same worker on AWS: a Lambda function that an SQS queue calls with up to ten jobs at once."""

import json
import os
from typing import Any

import requests


def make_queues(sqs: Any) -> list[str]:
    """Makes the queue of jobs and its dead-letter queue, and returns their URLs. It may be called twice."""
    # Check 4.10: a message that was received five times goes to the dead-letter queue (RedrivePolicy).
    jobs = sqs.create_queue(QueueName="reports")["QueueUrl"]
    dead = sqs.create_queue(QueueName="reports-dead")["QueueUrl"]
    return [jobs, dead]


def handler(event: dict, context: Any) -> dict | None:
    """Does the jobs of a batch. Those that are named in the answer come back later; the others are deleted."""
    # Check 4.10: one record that fails brings the whole batch back. Name those that failed, and no other.
    # A job may come twice: remember in the DynamoDB table "reports" which are done.
    for record in event["Records"]:
        ask_the_engine(json.loads(record["body"])["topic"])
    return None


def ask_the_engine(topic: str) -> str:
    answer = requests.post(os.environ["REPORT_ENGINE_URL"] + "/reports", json={"topic": topic}, timeout=15)
    answer.raise_for_status()
    return answer.json()["report"]
