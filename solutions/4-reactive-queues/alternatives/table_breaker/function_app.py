"""Claims and the breaker are rows of tables. The breaker is closed, open, or half-open with one trial."""

import json
import logging
import os
import time
from contextlib import suppress
from functools import cache

import azure.functions as func
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError
from azure.cosmos.exceptions import CosmosResourceNotFoundError
from azure.data.tables import TableClient, TableServiceClient, UpdateMode
from azure.storage.queue import QueueClient, TextBase64EncodePolicy
from chat import answer, chat, commanded, container, heard, problem, slack
from engine import ENGINE_TIMEOUT, EngineDown, report_about

app = func.FunctionApp()
app.register_functions(chat)

STORAGE = "AzureWebJobsStorage"
OPEN, HALF_OPEN, CLOSED = "open", "half-open", "closed"
THE_BREAKER = {"PartitionKey": "engine", "RowKey": "engine"}
NOBODY = ""


@app.route(route="slack/events", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@app.queue_output(arg_name="job", queue_name="reports", connection=STORAGE)
def events(req: func.HttpRequest, job: func.Out[str]) -> func.HttpResponse:
    return heard(req, lambda wanted: job.set(json.dumps(wanted)))


@app.route(route="slack/commands", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@app.queue_output(arg_name="job", queue_name="reports", connection=STORAGE)
def commands(req: func.HttpRequest, job: func.Out[str]) -> func.HttpResponse:
    return commanded(req, lambda wanted: job.set(json.dumps(wanted)))


@app.queue_trigger(arg_name="msg", queue_name="reports", connection=STORAGE)
def work(msg: func.QueueMessage) -> None:
    job = msg.get_json()
    id, topic = job["correlation_id"], job["topic"]
    logging.info("correlation_id=%s topic=%s try=%s", id, topic, msg.dequeue_count)
    if not claim(id, msg.id):
        return
    record = {"id": id, "topic": topic, **kept(id)}
    if "report" not in record:
        if not let_through():
            return later(job)
        try:
            record["report"] = report_about(topic)
        except EngineDown as error:
            logging.warning("%s: %s", id, error)
            turn(OPEN, cool_down())
            return later(job)
        except Exception as error:
            give_up_a_trial()
            container("reports").upsert_item({**record, "error": str(error)})
            raise
        turn(CLOSED, 0)
        container("reports").upsert_item(record)
    slack.chat_postMessage(channel=job["channel"], text=f"*{id}*\n{record['report']}", thread_ts=job.get("thread_ts"))
    write(id, owner=msg.id, done=True)


@app.queue_trigger(arg_name="msg", queue_name="reports-poison", connection=STORAGE)
@app.cosmos_db_output(
    arg_name="letter", connection="CosmosDbConnection", database_name="camp", container_name="deadletters"
)
def bury(msg: func.QueueMessage, letter: func.Out[func.Document]) -> None:
    """The letter is written by an output binding, once the function has returned."""
    job = msg.get_json()
    id = job["correlation_id"]
    record = {"id": id, "topic": job["topic"], "error": "?", **kept(id), "buried": True}
    container("reports").upsert_item(record)
    write(id, owner=NOBODY, done=False)
    error = record["error"]
    slack.chat_postMessage(channel=os.environ["SLACK_OPS_CHANNEL"], text=f"Help! {id} ({job['topic']}): {error}")
    letter.set(func.Document.from_dict({"id": id, **job, "error": error}))


@app.route(route="deadletters/{id}/replay", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@app.queue_output(arg_name="again", queue_name="reports", connection=STORAGE)
def replay(req: func.HttpRequest, again: func.Out[str]) -> func.HttpResponse:
    """The binding sends the job once the letter is gone. The job's record knows whether it ever had a letter."""
    id = req.route_params["id"]
    letters = container("deadletters")
    try:
        letter = letters.read_item(id, partition_key=id)
    except CosmosResourceNotFoundError:
        had_one = kept(id).get("buried")
        return problem(409, "It is replayed already.") if had_one else problem(404, "There is no such letter.")
    again.set(json.dumps({name: value for name, value in letter.items() if name in JOB}))
    with suppress(CosmosResourceNotFoundError):
        letters.delete_item(id, partition_key=id)
    return answer({})


JOB = ("correlation_id", "topic", "channel", "thread_ts", "response_url")


def later(job: dict) -> None:
    write(job["correlation_id"], owner=NOBODY, done=False)
    policy = TextBase64EncodePolicy()
    with QueueClient.from_connection_string(os.environ[STORAGE], "reports", message_encode_policy=policy) as queue:
        queue.send_message(json.dumps(job), visibility_timeout=max(1, int(cool_down())))


def kept(id: str) -> dict:
    with suppress(CosmosResourceNotFoundError):
        return container("reports").read_item(id, partition_key=id)
    return {}


@cache
def table(name: str) -> TableClient:
    return TableServiceClient.from_connection_string(os.environ[STORAGE]).create_table_if_not_exists(name)


def claim(id: str, owner: str) -> bool:
    """Whether this message may do the job: a row that only one can insert, or change by its ETag."""
    claims, row = table("claims"), {"PartitionKey": id, "RowKey": "claim", "owner": owner, "done": False}
    with suppress(ResourceExistsError):
        claims.create_entity(row)
        return True
    found = claims.get_entity(id, "claim")
    if found["done"] or found["owner"] not in (NOBODY, owner):
        return False
    return replaced(claims, row, found.metadata["etag"])


def write(id: str, *, owner: str, done: bool) -> None:
    row = {"PartitionKey": id, "RowKey": "claim", "owner": owner, "done": done}
    table("claims").upsert_entity(row, mode=UpdateMode.REPLACE)


def let_through() -> bool:
    """Half-open is a trial's time: when it is over without an answer, its worker is dead, and another one tries."""
    try:
        row = table("breaker").get_entity(**keys())
    except HttpResponseError as error:
        if error.status_code == 404:
            return True
        raise
    if row["state"] == CLOSED:
        return True
    if time.time() < row["until"]:
        return False
    longest = ENGINE_TIMEOUT + cool_down()
    return replaced(
        table("breaker"), {**THE_BREAKER, "state": HALF_OPEN, "until": time.time() + longest}, row.metadata["etag"]
    )


def give_up_a_trial() -> None:
    """An answer that is no 200 leaves a breaker open that was not closed."""
    with suppress(HttpResponseError):
        if table("breaker").get_entity(**keys())["state"] == HALF_OPEN:
            turn(OPEN, cool_down())


def turn(state: str, seconds: float) -> None:
    row = {**THE_BREAKER, "state": state, "until": time.time() + seconds}
    table("breaker").upsert_entity(row, mode=UpdateMode.REPLACE)


def keys() -> dict[str, str]:
    return {"partition_key": "engine", "row_key": "engine"}


def replaced(rows: TableClient, row: dict, etag: str) -> bool:
    try:
        rows.update_entity(row, UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified)
    except ResourceModifiedError:
        return False
    return True


def cool_down() -> float:
    return float(os.environ["BREAKER_COOLDOWN_SECONDS"])
