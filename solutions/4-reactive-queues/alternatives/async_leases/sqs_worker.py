"""All jobs of a batch at once, in an event loop of this invocation; boto3 in threads."""

import asyncio
import json
import os
from typing import Any

import boto3
import httpx

dynamodb = boto3.client("dynamodb")


def make_queues(sqs: Any) -> list[str]:
    urls = []
    policy: dict[str, str] = {}
    for name in ("reports-parking-lot", "reports-to-do"):
        urls.insert(0, sqs.create_queue(QueueName=name, Attributes=policy)["QueueUrl"])
        found = sqs.get_queue_attributes(QueueUrl=urls[0], AttributeNames=["QueueArn"])["Attributes"]
        redrive = {"deadLetterTargetArn": found["QueueArn"], "maxReceiveCount": 5}
        policy = {"RedrivePolicy": json.dumps(redrive)}
    return urls


def handler(event: dict, context: Any) -> dict:
    return {"batchItemFailures": asyncio.run(failures(event["Records"]))}


async def failures(records: list[dict]) -> list[dict]:
    """Two records with the same body are one job, and have one outcome."""
    async with httpx.AsyncClient(base_url=os.environ["REPORT_ENGINE_URL"], timeout=15) as engine:
        bodies = list(dict.fromkeys(record["body"] for record in records))
        ended = await asyncio.gather(*(work(engine, body) for body in bodies), return_exceptions=True)
    outcomes = dict(zip(bodies, ended, strict=True))
    failed = [record for record in records if isinstance(outcomes[record["body"]], Exception)]
    for record in failed:
        print(record["messageId"], repr(outcomes[record["body"]]))
    return [{"itemIdentifier": record["messageId"]} for record in failed]


async def work(engine: httpx.AsyncClient, body: str) -> None:
    job = json.loads(body)
    key = {"id": {"S": job["correlation_id"]}}
    found = await asyncio.to_thread(dynamodb.get_item, TableName="reports", Key=key, ConsistentRead=True)
    if "Item" in found:
        return
    answer = await engine.post("/reports", json={"topic": job["topic"]})
    answer.raise_for_status()
    item = {**key, "topic": {"S": job["topic"]}, "report": {"S": answer.json()["report"]}}
    await asyncio.to_thread(dynamodb.put_item, TableName="reports", Item=item)
