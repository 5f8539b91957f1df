"""Lab 4: reactive queues and dead letters.

POST /api/slack/outgoing           Slack's outgoing webhook: answer "Hello, <user_name>".
POST /api/slack/events             Slack's Events API: keep every message, greet, take "report <topic>" as a job.
POST /api/slack/commands           Slack's slash commands: /count counts, /report <topic> is a job.
GET  /api/messages                 What was said, newest first: ?channel=<id>&limit=<number>&before=<ts>
POST /api/deadletters/{id}/replay  One more try for a job that has failed.
"""

### BEGIN SOLUTION
# STARTER: import hmac
# STARTER: import json
# STARTER: import os
# STARTER: import re
# STARTER: from contextlib import suppress
# STARTER: from functools import cache
# STARTER: from urllib.parse import parse_qs
# STARTER:
# STARTER: import azure.functions as func
# STARTER: import requests
# STARTER: from azure.cosmos import CosmosClient, DatabaseProxy
# STARTER: from azure.cosmos.exceptions import CosmosResourceExistsError, CosmosResourceNotFoundError
# STARTER: from slack_sdk import WebClient
# STARTER: from slack_sdk.signature import SignatureVerifier
import hmac
import json
import logging
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from urllib.parse import parse_qs

import azure.functions as func
import requests
from azure.core import MatchConditions
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)
from azure.storage.queue import QueueClient, TextBase64EncodePolicy
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

### END SOLUTION

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)  # Slack cannot send a function key
slack = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])

LONGEST_TEXT = 40_000
FIELDS = ("channel", "user", "text", "ts")
MOST_MESSAGES = 1_000
END_OF_TIME = "9999999999.999999"
HISTORY = """
    SELECT c.id, c.channel, c.user, c.text, c.ts FROM c
    WHERE c.channel = @channel AND c.ts < @before ORDER BY c.ts DESC OFFSET 0 LIMIT @limit
"""
ONE_MORE = [{"op": "incr", "path": "/count", "value": 1}]
REPORT = re.compile(r"\s*<@\w+>\s*report\s+(?P<topic>\S.*?)\s*", re.DOTALL)
ENGINE_TIMEOUT = 15  # seconds: the engine answers within ten
### BEGIN SOLUTION
BREAKER = "breaker"  # the id of a document in the container "counters": all workers see the same breaker
### END SOLUTION


@app.route(route="slack/outgoing", methods=["POST"])
def outgoing(req: func.HttpRequest) -> func.HttpResponse:
    """Slack sends a form; the text of our JSON answer appears in the channel."""
    try:
        form = parse_qs(req.get_body().decode("utf-8"), errors="strict")
    except UnicodeDecodeError:
        return problem(400, "The form is not UTF-8.")
    token = form.get("token", [""])[0]
    if not hmac.compare_digest(token.encode(), os.environ["SLACK_OUTGOING_TOKEN"].encode()):
        return problem(401, "This token is not Slack's.")
    if "user_name" not in form:
        return problem(400, "There is no user_name.")
    if len(form.get("text", [""])[0]) > LONGEST_TEXT:
        return problem(400, "The text is too long.")
    return answer({"text": f"Hello, {form['user_name'][0]}"})


@app.route(route="slack/events", methods=["POST"])
@app.cosmos_db_output(arg_name="kept", connection="CosmosDbConnection", database_name="camp", container_name="messages")
### BEGIN SOLUTION
# STARTER: def events(req: func.HttpRequest, kept: func.Out[func.Document]) -> func.HttpResponse:
@app.queue_output(arg_name="job", queue_name="reports", connection="AzureWebJobsStorage")
def events(req: func.HttpRequest, kept: func.Out[func.Document], job: func.Out[str]) -> func.HttpResponse:
    ### END SOLUTION
    """Slack sends JSON and wants a quick 2xx. The bindings write what is set in them, before Slack hears of it."""
    if not signed_by_slack(req):
        return problem(401, "This request is not signed by Slack.")
    try:
        payload = req.get_json()
    except ValueError:
        return problem(400, "The body is not JSON.")
    if not isinstance(payload, dict):
        return problem(400, "The body is not a JSON object.")
    if payload.get("type") == "url_verification":
        return answer({"challenge": payload.get("challenge")})
    if payload.get("type") == "event_callback" and not isinstance(payload.get("event"), dict):
        return problem(400, "There is no event.")
    event = payload.get("event") or {}
    if said_by_a_person(event):
        kept.set(func.Document.from_dict(document_of(event)))
    if event.get("type") == "app_mention" and "bot_id" not in event:
        if asked := REPORT.fullmatch(event.get("text") or ""):
            ### BEGIN SOLUTION
            # STARTER: # Check 4.1: the engine takes longer than Slack waits. Put a job on the queue, and answer.
            # STARTER: topic = asked["topic"]
            # STARTER: slack.chat_postMessage(channel=event["channel"], text=ask_the_engine(topic))
            id = f"{event['channel']}:{event['ts']}"
            job.set(job_for(id, asked["topic"], event["channel"], event.get("thread_ts")))
            ### END SOLUTION
        else:
            greet(event)
    return answer({})


@app.route(route="messages", methods=["GET"])
def messages(req: func.HttpRequest) -> func.HttpResponse:
    """What was said in a channel: a JSON list, newest first, at most `limit`, older than the ts `before`."""
    channel, limit = req.params.get("channel"), req.params.get("limit", "100")
    if not channel:
        return problem(400, "There is no channel.")
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST_MESSAGES:
        return problem(400, f"The limit is a whole number from 1 to {MOST_MESSAGES}.")
    before = req.params.get("before") or END_OF_TIME
    return answer(history(channel, int(limit), before))


@app.route(route="slack/commands", methods=["POST"])
### BEGIN SOLUTION
# STARTER: def commands(req: func.HttpRequest) -> func.HttpResponse:
@app.queue_output(arg_name="job", queue_name="reports", connection="AzureWebJobsStorage")
def commands(req: func.HttpRequest, job: func.Out[str]) -> func.HttpResponse:
    ### END SOLUTION
    """Slack sends a signed form; the text of our JSON answer appears in the channel."""
    if not signed_by_slack(req):
        return problem(401, "This request is not signed by Slack.")
    form = parse_qs(req.get_body().decode("utf-8"))
    if form.get("command") == ["/report"] and "channel_id" in form and form.get("text", [""])[0].strip():
        topic, channel = form["text"][0].strip(), form["channel_id"][0]
        ### BEGIN SOLUTION
        # STARTER: slack.chat_postMessage(channel=channel, text=ask_the_engine(topic))
        # STARTER: return answer({"text": "Here it is."})
        job.set(job_for(form["trigger_id"][0], topic, channel))
        return answer({"text": f"I am asking about {topic}."})
        ### END SOLUTION
    if form.get("command") != ["/count"] or "channel_id" not in form:
        return answer({"text": "I know /count, and /report with a topic."})
    number = count_one_more(form["channel_id"][0])
    return answer({"response_type": "in_channel", "text": f"This is number {number}."})


### BEGIN SOLUTION
# STARTER: def ask_the_engine(topic: str) -> str:
# STARTER:     """The report about a topic."""
# STARTER:     address = os.environ["REPORT_ENGINE_URL"] + "/reports"
# STARTER:     return requests.post(address, json={"topic": topic}, timeout=ENGINE_TIMEOUT).json()["report"]
# STARTER:
# STARTER:
# STARTER: # Check 4.2: a function with a queue trigger on "reports" does the job. The same job may come twice.
# STARTER: # Check 4.4: raise what went wrong: after five tries the host moves the message to "reports-poison".
# STARTER: # Check 4.5: another function, with a trigger on "reports-poison", writes the letter and calls for help.
# STARTER: # Check 4.6: POST /api/deadletters/{id}/replay puts the job on the queue once more.
@app.queue_trigger(arg_name="msg", queue_name="reports", connection="AzureWebJobsStorage")
def work(msg: func.QueueMessage) -> None:
    """Does a job once, however often and by however many messages it is asked for."""
    job = json.loads(msg.get_body())
    id = job["correlation_id"]
    logging.info("Job %s (%s): try %s", id, job["topic"], msg.dequeue_count)
    record = claimed(job, msg.id)
    if record is None:
        logging.info("Job %s is somebody else's, or done", id)
        return
    if "report" not in record:
        if not may_call():
            return put_off(job)
        try:
            record["report"] = ask_the_engine(job["topic"])
        except EngineDown:
            trouble_began()
            return put_off(job)
        except EngineFailed as failure:
            changed(id, error=str(failure))
            raise
        trouble_ended()
        changed(id, report=record["report"])
    text = f"{record['report']}\n(job {id})"
    slack.chat_postMessage(channel=job["channel"], thread_ts=job.get("thread_ts"), text=text)
    changed(id, done=True)


@app.queue_trigger(arg_name="msg", queue_name="reports-poison", connection="AzureWebJobsStorage")
def bury(msg: func.QueueMessage) -> None:
    """A job that has failed five times: keeps a letter about it, and calls for help."""
    try:
        job = json.loads(msg.get_body())
        id, topic = job["correlation_id"], job["topic"]
    except (ValueError, TypeError, KeyError):
        text = msg.get_body().decode("utf-8", "replace")
        logging.error("This message is no job: %s", text[:200])
        job, id, topic = {"text": text}, msg.id, "?"
    error = "it was never tried"
    with suppress(CosmosResourceNotFoundError):
        error = changed(id, owner=None).get("error", error)
    letter = {"id": id, "correlation_id": id, "topic": topic, "error": error, "job": job}
    container("deadletters").upsert_item(letter)
    text = f"The report about {topic} has failed: {error}\n(job {id})"
    slack.chat_postMessage(channel=os.environ["SLACK_OPS_CHANNEL"], text=text)


@app.route(route="deadletters/{id}/replay", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
def replay(req: func.HttpRequest) -> func.HttpResponse:
    """Puts the job on the queue again. Asked twice at once it makes two messages: the worker does the job once."""
    id = req.route_params["id"]
    letters = container("deadletters")
    try:
        letter = letters.read_item(id, partition_key=id)
    except CosmosResourceNotFoundError:
        return problem(404, "There is no such letter.")
    send(letter["job"])
    with suppress(CosmosResourceNotFoundError):
        letters.delete_item(id, partition_key=id)
    return answer({"replayed": id})


### END SOLUTION
def signed_by_slack(req: func.HttpRequest) -> bool:
    """Whether the signature over the raw body is right, and not older than five minutes."""
    try:
        return verifier.is_valid_request(req.get_body(), dict(req.headers))
    except ValueError:  # a time stamp that is no number, a body that is no text
        return False


def said_by_a_person(event: dict) -> bool:
    """Whether this is a message of a person, and whole: neither a bot's post nor an edit."""
    if event.get("type") not in ("message", "app_mention") or "bot_id" in event or "subtype" in event:
        return False
    return all(isinstance(event.get(field), str) for field in FIELDS)


def document_of(event: dict) -> dict:
    """The same message gives the same id, however often it is delivered: it is written again, not once more."""
    return {"id": f"{event['channel']}:{event['ts']}", **{field: event[field] for field in FIELDS}}


@cache
def database() -> DatabaseProxy:
    """The client is made once in each worker: it keeps its connections open."""
    return CosmosClient.from_connection_string(os.environ["CosmosDbConnection"]).get_database_client("camp")


def history(channel: str, limit: int, before: str) -> list[dict]:
    """Values go beside the SQL text, never into it."""
    values = {"@channel": channel, "@before": before, "@limit": limit}
    parameters = [{"name": name, "value": value} for name, value in values.items()]
    kept = database().get_container_client("messages")
    return list(kept.query_items(HISTORY, parameters=parameters, partition_key=channel))


def count_one_more(channel: str) -> int:
    """The database adds one and answers with the sum: nobody comes between."""
    counters = database().get_container_client("counters")
    try:
        return counters.patch_item(channel, partition_key=channel, patch_operations=ONE_MORE)["count"]
    except CosmosResourceNotFoundError:
        with suppress(CosmosResourceExistsError):  # another worker was first
            counters.create_item({"id": channel, "count": 0})
        return counters.patch_item(channel, partition_key=channel, patch_operations=ONE_MORE)["count"]


### BEGIN SOLUTION
class EngineDown(Exception):
    """The engine is down: no fault of any job."""


class EngineFailed(Exception):
    """This call failed; the next one may work."""


def ask_the_engine(topic: str) -> str:
    """The report about a topic."""
    address = os.environ["REPORT_ENGINE_URL"] + "/reports"
    try:
        found = requests.post(address, json={"topic": topic}, timeout=ENGINE_TIMEOUT)
    except requests.ConnectionError as error:
        raise EngineDown(str(error)) from error
    if found.status_code == 503:
        raise EngineDown(found.text)
    if found.status_code != 200:
        raise EngineFailed(said_by(found))
    try:
        return found.json()["report"]
    except (ValueError, TypeError, KeyError) as error:
        raise EngineFailed(f"no report: {found.text[:200]}") from error


def said_by(found: requests.Response) -> str:
    try:
        return str(found.json()["error"])
    except (ValueError, TypeError, KeyError):
        return f"status {found.status_code}: {found.text[:200]}"


def job_for(id: str, topic: str, channel: str, thread_ts: str | None = None) -> str:
    return json.dumps({"correlation_id": id, "topic": topic, "channel": channel, "thread_ts": thread_ts})


def send(job: dict, seconds: int = 0) -> None:
    """Puts a job on the queue, where it can be seen after so many seconds."""
    connection = os.environ["AzureWebJobsStorage"]
    policy = TextBase64EncodePolicy()
    with QueueClient.from_connection_string(connection, "reports", message_encode_policy=policy) as queue:
        queue.send_message(json.dumps(job), visibility_timeout=seconds)


def put_off(job: dict) -> None:
    """The engine is down. A copy with tries of its own comes after the cool-down: raising would use up this one's."""
    changed(job["correlation_id"], owner=None)  # first: a copy that finds an owner gives up
    send(job, max(1, int(cool_down())))


def claimed(job: dict, owner: str) -> dict | None:
    """The job's record, if this message owns the job now; None when another one does, or it is done.

    The same message comes again after its worker died, and goes on. A copy has another id, and finds an owner.
    """
    reports, id = container("reports"), job["correlation_id"]
    fresh = {"id": id, "topic": job["topic"], "owner": owner}
    with suppress(CosmosResourceExistsError):
        return reports.create_item(fresh)
    found = reports.read_item(id, partition_key=id)
    if found.get("done") or found["owner"] not in (None, owner):
        return None
    found["owner"] = owner
    with suppress(CosmosAccessConditionFailedError):  # another message was first
        return replaced(reports, found)
    return None


def may_call() -> bool:
    """Whether the engine may be called: always while it is well; in trouble only so often in each cool-down."""

    def take_a_place(breaker: dict) -> bool:
        if not breaker["trouble"]:
            return True
        if time.time() - breaker["since"] >= cool_down():
            breaker.update(since=time.time(), calls=0)
        breaker["calls"] += 1
        return breaker["calls"] <= int(os.environ["BREAKER_MAX_CALLS"])

    return with_breaker(take_a_place)


def trouble_began() -> None:
    """The next call has to wait for one cool-down."""

    def begin(breaker: dict) -> bool:
        if not breaker["trouble"]:
            breaker.update(trouble=True, since=time.time(), calls=int(os.environ["BREAKER_MAX_CALLS"]))
        return True

    with_breaker(begin)


def trouble_ended() -> None:
    def end(breaker: dict) -> bool:
        breaker["trouble"] = False
        return True

    with_breaker(end)


def with_breaker(act: Callable[[dict], bool]) -> bool:
    """What `act` says of the breaker. What it changes is written, unless somebody else was first: then once more."""
    counters = container("counters")
    while True:
        try:
            breaker = counters.read_item(BREAKER, partition_key=BREAKER)
        except CosmosResourceNotFoundError:
            with suppress(CosmosResourceExistsError):
                counters.create_item({"id": BREAKER, "trouble": False, "since": 0, "calls": 0})
            continue
        before = dict(breaker)
        said = act(breaker)
        if breaker == before or not said:
            return said
        with suppress(CosmosAccessConditionFailedError):
            replaced(counters, breaker)
            return said


def changed(id: str, **values: object) -> dict:
    """The record of a job, with these values from now on."""
    reports = container("reports")
    while True:
        found = reports.read_item(id, partition_key=id)
        found.update(values)
        with suppress(CosmosAccessConditionFailedError):
            return replaced(reports, found)


def replaced(where: ContainerProxy, document: dict) -> dict:
    """Writes a document that nobody has changed since it was read; CosmosAccessConditionFailedError otherwise."""
    unchanged = MatchConditions.IfNotModified
    return where.replace_item(document["id"], document, etag=document["_etag"], match_condition=unchanged)


def container(name: str) -> ContainerProxy:
    return database().get_container_client(name)


def cool_down() -> float:
    return float(os.environ["BREAKER_COOLDOWN_SECONDS"])


### END SOLUTION
def greet(event: dict) -> None:
    """Replies where the mention is: in its thread, if there is one."""
    name = slack.users_info(user=event["user"])["user"]["name"]
    greeting = "Welcome back" if was_here_before(event) else "Hello"
    slack.chat_postMessage(channel=event["channel"], thread_ts=event.get("thread_ts"), text=f"{greeting}, {name}")


def was_here_before(event: dict) -> bool:
    """Whether this user mentioned the bot in this channel before. Slack remembers it, so that we need not."""
    me = f"<@{slack.auth_test()['user_id']}>"
    pages = slack.conversations_history(channel=event["channel"], latest=event["ts"], limit=200)
    return any(
        message.get("user") == event["user"] and me in message["text"] for page in pages for message in page["messages"]
    )


def answer(body: dict | list) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), mimetype="application/json")


def problem(status: int, text: str) -> func.HttpResponse:
    return func.HttpResponse(text, status_code=status)
