"""The batch processor of Powertools answers for each record. A table row is written under a condition."""

import json
import os
from typing import Any

import boto3
import requests
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import ClientError

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
table = boto3.resource("dynamodb").Table("reports")


def make_queues(sqs: Any) -> list[str]:
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("orders", "orders-dlq")}
    arn = sqs.get_queue_attributes(QueueUrl=urls["orders-dlq"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    sqs.set_queue_attributes(QueueUrl=urls["orders"], Attributes={"RedrivePolicy": redrive})
    return list(urls.values())


def handler(event: dict, context: Any) -> dict:
    return process_partial_response(event=event, record_handler=work, processor=processor, context=context)


def work(record: SQSRecord) -> None:
    job = record.json_body
    if not begun(job):
        return
    try:
        answer = requests.post(f"{os.environ['REPORT_ENGINE_URL']}/reports", json={"topic": job["topic"]}, timeout=15)
        answer.raise_for_status()
        change(job, "SET #state = :done, report = :report", {":done": "done", ":report": answer.json()["report"]})
    except Exception:
        change(job, "SET #state = :failed", {":failed": "failed"})
        raise


def begun(job: dict) -> bool:
    """Whether the job is not done: what was begun by a function that died is begun again."""
    try:
        change(job, "SET #state = :begun", {":begun": "begun", ":done": "done"}, "NOT #state = :done")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def change(job: dict, update: str, values: dict, condition: str | None = None) -> None:
    table.update_item(
        Key={"id": job["correlation_id"]},
        UpdateExpression=update,
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues=values,
        **({"ConditionExpression": condition} if condition else {}),
    )
