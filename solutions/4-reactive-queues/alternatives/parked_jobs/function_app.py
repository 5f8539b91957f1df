"""Jobs that meet an open breaker are parked in a second queue, which a timer empties. Claims and the breaker are blobs,
changed by ETag."""

import json
import logging
import os
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import cache

import azure.functions as func
from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.cosmos.exceptions import CosmosResourceNotFoundError
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient
from chat import chat, commanded, container, heard, problem, slack
from engine import EngineDown, report_about

app = func.FunctionApp()
app.register_functions(chat)

STORAGE = "AzureWebJobsStorage"
PARKED = "reports-parked"
BREAKER = "breaker.json"
MOST_AT_ONCE = 32  # messages that a queue hands out in one answer


@app.route(route="slack/events", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@app.queue_output(arg_name="job", queue_name="reports", connection=STORAGE)
def events(req: func.HttpRequest, job: func.Out[str]) -> func.HttpResponse:
    return heard(req, lambda wanted: job.set(json.dumps(wanted)))


@app.route(route="slack/commands", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@app.queue_output(arg_name="job", queue_name="reports", connection=STORAGE)
def commands(req: func.HttpRequest, job: func.Out[str]) -> func.HttpResponse:
    return commanded(req, lambda wanted: job.set(json.dumps(wanted)))


@app.queue_trigger(arg_name="msg", queue_name="reports", connection=STORAGE)
@app.queue_output(arg_name="parked", queue_name=PARKED, connection=STORAGE)
def work(msg: func.QueueMessage, parked: func.Out[str]) -> None:
    job = json.loads(msg.get_body())
    id, topic = job["correlation_id"], job["topic"]
    logging.info("Job %s, dequeued %s times", id, msg.dequeue_count)
    claim = update(claim_of(id), owned_by(msg.id))
    if claim.get("owner") != msg.id or claim.get("done"):
        return
    record = record_of(id) or {"id": id, "topic": topic}
    if msg.dequeue_count == 1 and "report" not in record:
        slack.chat_postMessage(channel=job["channel"], text=f"I am working on {topic} (job {id}).")
    if "report" not in record:
        try:
            record["report"] = asked(topic)
        except EngineDown as error:
            logging.warning("%s is parked: %s", id, error)
            parked.set(json.dumps(job))
            update(claim_of(id), freed)
            return
        except Exception as error:
            container("reports").upsert_item({**record, "error": repr(error)})
            raise
        container("reports").upsert_item(record)
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"{record['report']}\n_{id}_"}}]
    slack.chat_postMessage(channel=job["channel"], text="Your report", blocks=blocks, thread_ts=job.get("thread_ts"))
    update(claim_of(id), lambda claim: {**claim, "done": True})


@app.timer_trigger(arg_name="timer", schedule="*/10 * * * * *")
def unpark(timer: func.TimerRequest) -> None:
    """While the engine is in trouble only as many jobs come back as may call it now."""
    breaker = look(BREAKER)
    places = places_in(breaker) if breaker.get("trouble") else MOST_AT_ONCE
    if not places:
        return
    with suppress(ResourceNotFoundError):  # nothing was ever parked
        messages = queue(PARKED).receive_messages(max_messages=min(places, MOST_AT_ONCE), visibility_timeout=30)
        for message in messages:
            queue("reports").send_message(message.content)
            queue(PARKED).delete_message(message)
            places -= 1
            if places <= 0:
                break


@app.queue_trigger(arg_name="msg", queue_name="reports-poison", connection=STORAGE)
def bury(msg: func.QueueMessage) -> None:
    job = json.loads(msg.get_body())
    id = job["correlation_id"]
    error = (record_of(id) or {}).get("error", "unknown")
    text = f"The job {id} has failed for good.\nTopic: {job['topic']}\nError: {error}"
    block = {"type": "section", "text": {"type": "plain_text", "text": text}}
    slack.chat_postMessage(channel=os.environ["SLACK_OPS_CHANNEL"], text="A job has failed", blocks=[block])
    update(claim_of(id), freed)
    container("deadletters").upsert_item({"id": id, **job, "error": error, "failed_at": time.time()})


@app.route(route="deadletters/{id}/replay", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@app.queue_output(arg_name="again", queue_name="reports", connection=STORAGE)
def replay(req: func.HttpRequest, again: func.Out[str]) -> func.HttpResponse:
    """A letter is kept for good, and sends its job each time: the worker does it once."""
    id = req.route_params["id"]
    try:
        letter = container("deadletters").read_item(id, partition_key=id)
    except CosmosResourceNotFoundError:
        return problem(404, "There is no such letter.")
    again.set(json.dumps({name: value for name, value in letter.items() if not name.startswith("_")}))
    return func.HttpResponse(status_code=202)


def asked(topic: str) -> str:
    """The report, if the breaker lets this call through; EngineDown otherwise, too."""
    if not may_call():
        raise EngineDown("the breaker is open")
    try:
        report = report_about(topic)
    except EngineDown:
        update(BREAKER, lambda breaker: breaker if breaker.get("trouble") else {"trouble": True, **full_window()})
        raise
    update(BREAKER, lambda breaker: {"trouble": False} if breaker.get("trouble") else breaker)
    return report


def may_call() -> bool:
    """In trouble a call needs a place in the window. The name in a place tells who has got it."""
    call = uuid.uuid4().hex

    def take_a_place(breaker: dict) -> dict:
        if not breaker.get("trouble") or not places_in(breaker):
            return breaker
        if over(breaker):
            return {"trouble": True, "since": time.time(), "calls": [call]}
        return {**breaker, "calls": [*breaker["calls"], call]}

    breaker = update(BREAKER, take_a_place)
    return not breaker.get("trouble") or call in breaker["calls"]


def full_window() -> dict:
    return {"since": time.time(), "calls": ["?"] * int(os.environ["BREAKER_MAX_CALLS"])}


def places_in(breaker: dict) -> int:
    most = int(os.environ["BREAKER_MAX_CALLS"])
    return most if over(breaker) else most - len(breaker["calls"])


def over(breaker: dict) -> bool:
    return time.time() - breaker["since"] >= float(os.environ["BREAKER_COOLDOWN_SECONDS"])


def claim_of(id: str) -> str:
    return f"claims/{id}.json"


def owned_by(owner: str) -> Callable[[dict], dict]:
    return lambda claim: claim if claim.get("owner") or claim.get("done") else {**claim, "owner": owner}


def freed(claim: dict) -> dict:
    return {**claim, "owner": None}


def record_of(id: str) -> dict | None:
    with suppress(CosmosResourceNotFoundError):
        return container("reports").read_item(id, partition_key=id)
    return None


@cache
def blobs() -> ContainerClient:
    client = ContainerClient.from_connection_string(os.environ[STORAGE], "reports-state")
    with suppress(ResourceExistsError):
        client.create_container()
    return client


@cache
def queue(name: str) -> QueueClient:
    return QueueClient.from_connection_string(os.environ[STORAGE], name)


def look(name: str) -> dict:
    with suppress(ResourceNotFoundError):
        return json.loads(blobs().download_blob(name).readall())
    return {}


def update(name: str, change: Callable[[dict], dict]) -> dict:
    """What is in the blob after the change; it is made once more when somebody else was first."""
    blob = blobs().get_blob_client(name)
    while True:
        try:
            found = blob.download_blob()
            before, condition = (
                json.loads(found.readall()),
                {
                    "etag": found.properties.etag,
                    "match_condition": MatchConditions.IfNotModified,
                },
            )
        except ResourceNotFoundError:
            before, condition = {}, {"match_condition": MatchConditions.IfMissing}
        after = change(before)
        if after == before:
            return after
        with suppress(ResourceModifiedError, ResourceExistsError):
            blob.upload_blob(json.dumps(after), overwrite=True, **condition)
            return after
