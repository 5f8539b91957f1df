"""The queue SDK alone puts jobs on the queue, as plain text. A command's result goes to its response_url, a mention's
is a post with blocks. In trouble a call needs a document of the current window, which only one can create."""

import json
import logging
import os
import time
from contextlib import suppress
from functools import cache

import azure.functions as func
from azure.core import MatchConditions
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)
from azure.storage.queue import QueueClient
from chat import answer, chat, commanded, container, heard, problem, slack
from engine import EngineDown, report_about
from slack_sdk.webhook import WebhookClient

app = func.FunctionApp()
app.register_functions(chat)

STORAGE = "AzureWebJobsStorage"
TROUBLE = "engine-in-trouble"


@app.route(route="slack/events", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def events(req: func.HttpRequest) -> func.HttpResponse:
    return heard(req, put)


@app.route(route="slack/commands", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def commands(req: func.HttpRequest) -> func.HttpResponse:
    return commanded(req, put)


@app.queue_trigger(arg_name="msg", queue_name="reports", connection=STORAGE)
def work(msg: func.QueueMessage) -> None:
    job = json.loads(msg.get_body())
    id = job["correlation_id"]
    logging.info("%s: delivery %s of message %s", id, msg.dequeue_count, msg.id)
    record = owned(job, msg.id)
    if record is None:
        logging.info("%s is done, or another message's", id)
        return
    if "report" not in record:
        if not place_taken():
            put_off(job)
            return
        try:
            record["report"] = report_about(job["topic"])
        except EngineDown as error:
            logging.warning("The engine is down: %s", error)
            container("counters").upsert_item({"id": TROUBLE, "since": time.time()})
            put_off(job)
            return
        except Exception as error:
            update(id, error=str(error))
            raise
        with suppress(CosmosResourceNotFoundError):
            container("counters").delete_item(TROUBLE, partition_key=TROUBLE)
        update(id, report=record["report"])
    publish(job, record["report"])
    update(id, state="done")


@app.queue_trigger(arg_name="msg", queue_name="reports-poison", connection=STORAGE)
def bury(msg: func.QueueMessage) -> None:
    job = json.loads(msg.get_body())
    id = job["correlation_id"]
    record = update(id, owner=None, state="failed")
    error = record.get("error", "unknown")
    letter = {"id": id, "correlation_id": id, "topic": job["topic"], "error": error, "job": job, "replays": 0}
    container("deadletters").upsert_item(letter)
    slack.chat_postMessage(channel=os.environ["SLACK_OPS_CHANNEL"], text=f"Job {id} is dead: {error}")


@app.route(route="deadletters/{id}/replay", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
def replay(req: func.HttpRequest) -> func.HttpResponse:
    """The letter stays, and counts its replays."""
    id, letters = req.route_params["id"], container("deadletters")
    try:
        letter = letters.patch_item(
            id, partition_key=id, patch_operations=[{"op": "incr", "path": "/replays", "value": 1}]
        )
    except CosmosResourceNotFoundError:
        return problem(404, "There is no such letter.")
    put(letter["job"])
    return answer({"replays": letter["replays"]})


@cache
def queue() -> QueueClient:
    return QueueClient.from_connection_string(os.environ[STORAGE], "reports")


def put(job: dict, seconds: float = 0) -> None:
    queue().send_message(json.dumps(job), visibility_timeout=int(seconds))


def put_off(job: dict) -> None:
    update(job["correlation_id"], owner=None)
    put(job, max(1, cool_down()))


def publish(job: dict, report: str) -> None:
    """A response_url shows its text to the one who asked."""
    id = job["correlation_id"]
    if url := job.get("response_url"):
        answered = WebhookClient(url).send(text=f"{report}\n{id}")
        if answered.status_code != 200:
            raise RuntimeError(f"Slack answers {answered.status_code}: {answered.body}")
        return
    blocks = [
        {"type": "section", "text": {"type": "plain_text", "text": report}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": f"job `{id}`"}]},
    ]
    title = f"Your report about {job['topic']}"
    slack.chat_postMessage(channel=job["channel"], thread_ts=job.get("thread_ts"), text=title, blocks=blocks)


def owned(job: dict, owner: str) -> dict | None:
    reports, id = container("reports"), job["correlation_id"]
    with suppress(CosmosResourceExistsError):
        return reports.create_item({"id": id, "topic": job["topic"], "owner": owner, "state": "begun"})
    record = reports.read_item(id, partition_key=id)
    if record["state"] == "done" or record["owner"] not in (None, owner):
        return None
    record.update(owner=owner, state="begun")
    unchanged = {"etag": record["_etag"], "match_condition": MatchConditions.IfNotModified}
    with suppress(CosmosAccessConditionFailedError):
        return reports.replace_item(id, record, **unchanged)
    return None


def update(id: str, **values: object) -> dict:
    """Only the owner updates, so no ETag is needed."""
    operations = [{"op": "set", "path": f"/{name}", "value": value} for name, value in values.items()]
    return container("reports").patch_item(id, partition_key=id, patch_operations=operations)


def place_taken() -> bool:
    """In trouble each window of time has so many places, each a document that can be created once."""
    counters = container("counters")
    try:
        counters.read_item(TROUBLE, partition_key=TROUBLE)
    except CosmosResourceNotFoundError:
        return True
    window = int(time.time() // cool_down())
    for place in range(int(os.environ["BREAKER_MAX_CALLS"])):
        with suppress(CosmosResourceExistsError):
            counters.create_item({"id": f"call-{window}-{place}"})
            return True
    return False


def cool_down() -> float:
    return float(os.environ["BREAKER_COOLDOWN_SECONDS"])
