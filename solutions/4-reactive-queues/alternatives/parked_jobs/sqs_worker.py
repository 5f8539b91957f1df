"""The jobs of a batch at the same time, each once; a report is put under the condition that there is none."""

import json
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import requests

reports = boto3.resource("dynamodb").Table("reports")
AT_ONCE = 5


def make_queues(sqs: Any) -> list[str]:
    dead = sqs.create_queue(QueueName="dead", Attributes={"MessageRetentionPeriod": "1209600"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"deadLetterTargetArn": arn, "maxReceiveCount": 5}
    jobs = sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": json.dumps(policy)})["QueueUrl"]
    return [jobs, dead]


def handler(event: dict, context: Any) -> dict:
    records = defaultdict(list)
    for record in event["Records"]:
        records[record["body"]].append(record["messageId"])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        errors = dict(zip(records, pool.map(error_of, records), strict=True))
    for body, error in errors.items():
        if error:
            print(f"{body[:100]}: {error!r}")
    failed = [id for body, ids in records.items() if errors[body] for id in ids]
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}


def error_of(body: str) -> Exception | None:
    try:
        work(json.loads(body))
    except Exception as error:
        return error
    return None


def work(job: dict) -> None:
    id = job["correlation_id"]
    if "Item" in reports.get_item(Key={"id": id}, ConsistentRead=True, ProjectionExpression="id"):
        return
    answer = requests.post(f"{os.environ['REPORT_ENGINE_URL']}/reports", json={"topic": job["topic"]}, timeout=15)
    answer.raise_for_status()
    item = {"id": id, "topic": job["topic"], "report": answer.json()["report"]}
    try:
        reports.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")
    except reports.meta.client.exceptions.ConditionalCheckFailedException:
        print(f"{id}: somebody else was faster")
