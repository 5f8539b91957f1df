"""The same bot, asynchronous. A job is leased for a while: who meets a lease comes again when it has ended."""

import json
import logging
import os
import re
import time
from contextlib import suppress
from urllib.parse import parse_qs

import azure.functions as func
import httpx
from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
slack = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
signatures = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])

STORAGE = "AzureWebJobsStorage"
REPORT = re.compile(r"\s*<@\w+>\s*report\s+(?P<topic>\S.*?)\s*", re.DOTALL)
FIELDS = ("channel", "user", "text", "ts")
ENGINE_TIMEOUT = 15
LEASE = 20  # seconds: longer than a call of the engine and a post
GATE = "gate-of-the-engine"


class Down(Exception):
    """The engine is down, or must be left alone, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the engine is down; again in {seconds:.1f} seconds")
        self.seconds = seconds


class Clients:
    """Clients that are opened at first need, in the worker's event loop."""

    cosmos: CosmosClient | None = None
    http: httpx.AsyncClient | None = None
    queue: QueueClient | None = None


def container(name: str) -> ContainerProxy:
    if Clients.cosmos is None:
        Clients.cosmos = CosmosClient.from_connection_string(os.environ["CosmosDbConnection"])
    return Clients.cosmos.get_database_client("camp").get_container_client(name)


async def send(job: dict, seconds: float = 0) -> None:
    if Clients.queue is None:
        policy = TextBase64EncodePolicy()
        Clients.queue = QueueClient.from_connection_string(os.environ[STORAGE], "reports", message_encode_policy=policy)
    await Clients.queue.send_message(json.dumps(job), visibility_timeout=int(seconds))


@app.route(route="slack/outgoing", methods=["POST"])
async def outgoing(req: func.HttpRequest) -> func.HttpResponse:
    form = form_of(req)
    if form.get("token") != os.environ["SLACK_OUTGOING_TOKEN"]:
        return func.HttpResponse("wrong token", status_code=401)
    return answer({"text": f"Hello, {form.get('user_name', 'stranger')}"})


@app.route(route="slack/events", methods=["POST"])
async def events(req: func.HttpRequest) -> func.HttpResponse:
    if not signed(req):
        return func.HttpResponse("not signed", status_code=401)
    try:
        payload = req.get_json()
    except ValueError:
        return func.HttpResponse("not JSON", status_code=400)
    match payload:
        case {"type": "url_verification", "challenge": challenge}:
            return answer({"challenge": challenge})
        case {"event": {"bot_id": _}} | {"event": {"subtype": _}}:
            return answer({})
        case {"event": {"type": str(kind), "channel": str(), "user": str(), "text": str(), "ts": str()} as event}:
            await heard(kind, event)
            return answer({})
    return answer({})


async def heard(kind: str, event: dict) -> None:
    id = "{channel}:{ts}".format(**event)
    await container("messages").upsert_item({"id": id, **{name: event[name] for name in FIELDS}})
    if kind != "app_mention":
        return
    if asked := REPORT.fullmatch(event["text"]):
        job = {"correlation_id": id, "topic": asked["topic"], "channel": event["channel"]}
        await send({**job, "thread_ts": event.get("thread_ts")})
        return
    name = (await slack.users_info(user=event["user"]))["user"]["name"]
    me = (await slack.auth_test())["user_id"]
    known = False
    async for page in await slack.conversations_history(channel=event["channel"], latest=event["ts"]):
        earlier = [one for one in page["messages"] if one.get("user") == event["user"] and f"<@{me}>" in one["text"]]
        known = known or bool(earlier)
    text = f"{'Welcome back' if known else 'Hello'}, {name}"
    await slack.chat_postMessage(channel=event["channel"], text=text, thread_ts=event.get("thread_ts"))


@app.route(route="slack/commands", methods=["POST"])
async def commands(req: func.HttpRequest) -> func.HttpResponse:
    if not signed(req):
        return func.HttpResponse("not signed", status_code=401)
    form = form_of(req)
    match form:
        case {"command": "/report", "text": str(text)} if topic := text.strip():
            job = {"correlation_id": form["trigger_id"], "topic": topic, "channel": form["channel_id"]}
            await send({**job, "response_url": form["response_url"]})
            return func.HttpResponse()
        case {"command": "/count"}:
            return answer({"response_type": "in_channel", "text": f"{await counted(form['channel_id'])} so far"})
    return answer({"text": "I know /count, and /report with a topic."})


async def counted(channel: str) -> int:
    more = [{"op": "incr", "path": "/count", "value": 1}]
    with suppress(CosmosResourceNotFoundError):
        return (await container("counters").patch_item(channel, channel, more))["count"]
    with suppress(CosmosResourceExistsError):
        await container("counters").create_item({"id": channel, "count": 0})
    return (await container("counters").patch_item(channel, channel, more))["count"]


@app.route(route="messages")
async def messages(req: func.HttpRequest) -> func.HttpResponse:
    limit = int(req.params.get("limit", "100"))
    found = container("messages").query_items(
        "SELECT m.id, m.channel, m.user, m.text, m.ts FROM m WHERE m.ts < @t ORDER BY m.ts DESC OFFSET 0 LIMIT @n",
        parameters=[{"name": "@t", "value": req.params.get("before", "9")}, {"name": "@n", "value": limit}],
        partition_key=req.params["channel"],
    )
    return answer([one async for one in found])


@app.queue_trigger(arg_name="msg", queue_name="reports", connection=STORAGE)
async def work(msg: func.QueueMessage) -> None:
    job = json.loads(msg.get_body())
    id = job["correlation_id"]
    logging.info("[%s] %s, delivered %s times", id, job["topic"], msg.dequeue_count)
    record, seconds = await leased(job)
    if record is None:
        if seconds > 0:
            await send(job, seconds + 1)
        return
    try:
        if "report" not in record:
            record = await replaced("reports", {**record, "report": await asked(job["topic"])})
        await publish(job, record["report"])
    except Down as down:
        await send(job, max(1, min(down.seconds, cool_down())))
        await replaced("reports", {**record, "leased_until": 0})
    except Exception as error:
        await replaced("reports", {**record, "leased_until": 0, "error": str(error)})
        raise
    else:
        await replaced("reports", {**record, "done": True})


async def leased(job: dict) -> tuple[dict | None, float]:
    """The job's record, leased to whoever calls this; or None and when to come again: in 0 seconds means never."""
    id, until = job["correlation_id"], time.time() + LEASE
    with suppress(CosmosResourceExistsError):
        fresh = {"id": id, "topic": job["topic"], "leased_until": until, "done": False}
        return await container("reports").create_item(fresh), 0
    record = await container("reports").read_item(id, id)
    if record["done"]:
        return None, 0
    if (left := record["leased_until"] - time.time()) > 0:
        return None, left
    with suppress(CosmosAccessConditionFailedError):
        return await replaced("reports", {**record, "leased_until": until}), 0
    return None, LEASE


async def asked(topic: str) -> str:
    """The report; Down when the engine is, or when the gate is shut."""
    await pass_the_gate()
    if Clients.http is None:
        Clients.http = httpx.AsyncClient(base_url=os.environ["REPORT_ENGINE_URL"], timeout=ENGINE_TIMEOUT)
    try:
        found = await Clients.http.post("/reports", json={"topic": topic})
    except (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError) as error:
        await shut_the_gate()
        raise Down(cool_down()) from error
    if found.status_code == 503:
        await shut_the_gate()
        raise Down(cool_down())
    if found.status_code != 200:
        raise RuntimeError(f"The engine answers {found.status_code}: {found.text}")
    await set_gate(shut=False)
    return found.json()["report"]


async def pass_the_gate() -> None:
    """A shut gate opens for one call at a time, and tells the next one how long it has to wait."""
    gate = await the_gate()
    if not gate["shut"]:
        return
    now = time.time()
    pause = cool_down() / int(os.environ["BREAKER_MAX_CALLS"])
    if now < gate["next"]:
        raise Down(gate["next"] - now)
    try:
        await replaced("counters", {**gate, "next": now + pause})
    except CosmosAccessConditionFailedError as somebody_else:
        raise Down(pause) from somebody_else


async def shut_the_gate() -> None:
    await set_gate(shut=True)


async def set_gate(*, shut: bool) -> None:
    while (gate := await the_gate())["shut"] != shut:
        with suppress(CosmosAccessConditionFailedError):
            await replaced("counters", {**gate, "shut": shut, "next": time.time() + cool_down()})


async def the_gate() -> dict:
    counters = container("counters")
    with suppress(CosmosResourceNotFoundError):
        return await counters.read_item(GATE, GATE)
    with suppress(CosmosResourceExistsError):
        await counters.create_item({"id": GATE, "shut": False, "next": 0})
    return await counters.read_item(GATE, GATE)


async def publish(job: dict, report: str) -> None:
    text = f"{report} (for {job['correlation_id']})"
    if url := job.get("response_url"):
        answered = await AsyncWebhookClient(url).send(text=text, response_type="in_channel")
        if answered.status_code != 200:
            raise RuntimeError(f"response_url answers {answered.status_code}")
        return
    await slack.chat_postMessage(channel=job["channel"], text=text, thread_ts=job.get("thread_ts"))


@app.queue_trigger(arg_name="msg", queue_name="reports-poison", connection=STORAGE)
async def bury(msg: func.QueueMessage) -> None:
    """It calls for help before it writes the letter: twice is better than never."""
    job = json.loads(msg.get_body())
    id = job["correlation_id"]
    record = await container("reports").read_item(id, id)
    error = record.get("error", "none was seen")
    where = os.environ["SLACK_OPS_CHANNEL"]
    await slack.chat_postMessage(channel=where, text=f"The report {job['topic']!r} ({id}) has failed: {error}")
    await container("deadletters").upsert_item({"id": id, **job, "error": error})


@app.route(route="deadletters/{id}/replay", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
async def replay(req: func.HttpRequest) -> func.HttpResponse:
    """The letter is kept, and sends its job each time: the lease and the record make one report of it."""
    id = req.route_params["id"]
    try:
        letter = await container("deadletters").read_item(id, id)
    except CosmosResourceNotFoundError:
        return func.HttpResponse("There is no such letter.", status_code=404)
    await send({name: value for name, value in letter.items() if not name.startswith("_") and name != "id"})
    return func.HttpResponse(status_code=204)


async def replaced(name: str, document: dict) -> dict:
    """Writes what nobody has changed since it was read."""
    unchanged = MatchConditions.IfNotModified
    etag = document["_etag"]
    return await container(name).replace_item(document["id"], document, etag=etag, match_condition=unchanged)


def cool_down() -> float:
    return float(os.environ["BREAKER_COOLDOWN_SECONDS"])


def signed(req: func.HttpRequest) -> bool:
    try:
        return signatures.is_valid_request(req.get_body(), dict(req.headers))
    except ValueError:
        return False


def form_of(req: func.HttpRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(req.get_body().decode(errors="replace")).items()}


def answer(body: dict | list) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), mimetype="application/json")
