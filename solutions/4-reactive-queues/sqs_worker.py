"""The same worker on AWS: a Lambda function that an SQS queue calls with up to ten jobs at once."""

### BEGIN SOLUTION
# STARTER: import json
# STARTER: import os
# STARTER: from typing import Any
# STARTER:
# STARTER: import requests
import json
import os
from functools import cache
from typing import Any

import boto3
import requests

### END SOLUTION


def make_queues(sqs: Any) -> list[str]:
    """Makes the queue of jobs and its dead-letter queue, and returns their URLs. It may be called twice."""
    ### BEGIN SOLUTION
    # STARTER: # Check 4.10: a message that was received five times goes to the dead-letter queue (RedrivePolicy).
    # STARTER: jobs = sqs.create_queue(QueueName="reports")["QueueUrl"]
    # STARTER: dead = sqs.create_queue(QueueName="reports-dead")["QueueUrl"]
    # STARTER: return [jobs, dead]
    dead = sqs.create_queue(QueueName="reports-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    jobs = sqs.create_queue(QueueName="reports")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=jobs, Attributes={"RedrivePolicy": policy})  # also of a queue that is there
    return [jobs, dead]
    ### END SOLUTION


def handler(event: dict, context: Any) -> dict | None:
    """Does the jobs of a batch. Those that are named in the answer come back later; the others are deleted."""
    ### BEGIN SOLUTION
    # STARTER: # Check 4.10: one record that fails brings the whole batch back. Name those that failed, and no other.
    # STARTER: # A job may come twice: remember in the DynamoDB table "reports" which are done.
    # STARTER: for record in event["Records"]:
    # STARTER:     ask_the_engine(json.loads(record["body"])["topic"])
    # STARTER: return None
    failed = []
    for record in event["Records"]:
        try:
            work(json.loads(record["body"]))
        except Exception as error:  # whatever it is, it is this record's alone
            print(f"{record['messageId']} failed: {error!r}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
    ### END SOLUTION


### BEGIN SOLUTION
def work(job: dict) -> None:
    """Does a job that has not been done yet."""
    id = job["correlation_id"]
    if "Item" in table().get_item(Key={"id": id}, ConsistentRead=True):
        print(f"{id} is done already")
        return
    report = ask_the_engine(job["topic"])
    table().put_item(Item={"id": id, "topic": job["topic"], "report": report})


@cache
def table() -> Any:
    return boto3.resource("dynamodb").Table("reports")


### END SOLUTION
def ask_the_engine(topic: str) -> str:
    answer = requests.post(os.environ["REPORT_ENGINE_URL"] + "/reports", json={"topic": topic}, timeout=15)
    answer.raise_for_status()
    return answer.json()["report"]
