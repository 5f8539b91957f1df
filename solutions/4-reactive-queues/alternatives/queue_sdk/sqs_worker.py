"""Low-level clients; a job that comes twice in a batch is done once and answered for both; two attributes calls."""

import json
import os
from typing import Any

import boto3
import requests

dynamodb = boto3.client("dynamodb")


def make_queues(sqs: Any) -> tuple[str, str]:
    dead = sqs.create_queue(QueueName="jobs-of-reports-dlq")["QueueUrl"]
    jobs = sqs.create_queue(QueueName="jobs-of-reports")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]["QueueArn"]
    redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": "5"}
    sqs.set_queue_attributes(QueueUrl=jobs, Attributes={"RedrivePolicy": json.dumps(redrive)})
    return jobs, dead


def handler(event: dict, context: Any) -> dict:
    outcomes: dict[str, bool] = {}
    failed = []
    for record in event["Records"]:
        body = record["body"]
        if body not in outcomes:
            outcomes[body] = succeeds(body)
        if not outcomes[body]:
            failed.append(record["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}


def succeeds(body: str) -> bool:
    try:
        job = json.loads(body)
        key = {"id": {"S": job["correlation_id"]}}
        if dynamodb.get_item(TableName="reports", Key=key, ConsistentRead=True).get("Item"):
            return True
        found = requests.post(f"{os.environ['REPORT_ENGINE_URL']}/reports", json={"topic": job["topic"]}, timeout=15)
        found.raise_for_status()
        dynamodb.put_item(TableName="reports", Item={**key, "report": {"S": found.json()["report"]}})
    except Exception as error:
        print(f"failed: {error!r} ({body[:200]})")
        return False
    return True
