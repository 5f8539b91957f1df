"""The same bot without a binding: azure-cosmos writes, reads and counts. The counter is guarded by its ETag."""

import json
import os
import random
import time
from urllib.parse import parse_qs

import azure.functions as func
from azure.core import MatchConditions
from azure.cosmos import CosmosClient
from azure.cosmos.exceptions import CosmosAccessConditionFailedError, CosmosResourceExistsError
from azure.cosmos.exceptions import CosmosResourceNotFoundError as NotFound
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
slack = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])
camp = CosmosClient.from_connection_string(os.environ["CosmosDbConnection"]).get_database_client("camp")
kept, counters = camp.get_container_client("messages"), camp.get_container_client("counters")


@app.route(route="slack/events", methods=["POST"])
def events(req: func.HttpRequest) -> func.HttpResponse:
    if not genuine(req):
        return func.HttpResponse(status_code=401)
    try:
        payload = req.get_json()
        if payload["type"] == "url_verification":
            return func.HttpResponse(payload["challenge"])
        event = payload["event"]
        kind, subtype = event["type"], event.get("subtype")
    except (ValueError, KeyError, TypeError, AttributeError):
        return func.HttpResponse(status_code=400)
    if kind not in ("message", "app_mention") or subtype not in (None, "bot_message"):
        return func.HttpResponse()
    if not event.get("channel") or not event.get("ts"):
        return func.HttpResponse(status_code=400)
    kept.upsert_item(
        {
            "id": event["channel"] + ":" + event["ts"],
            "channel": event["channel"],
            "user": event["user"],
            "text": event["text"],
            "ts": event["ts"],
            "thread": event.get("thread_ts"),
            "bot": "bot_id" in event,
        }
    )
    if kind == "app_mention" and "bot_id" not in event:
        greet(event)
    return func.HttpResponse()


@app.route(route="messages", methods=["GET"])
def messages(req: func.HttpRequest) -> func.HttpResponse:
    try:
        channel, limit = req.params["channel"], int(req.params.get("limit", 20))
    except (KeyError, ValueError):
        return func.HttpResponse(status_code=400)
    rows = kept.query_items(
        "SELECT TOP @limit * FROM c WHERE c.channel = @channel AND c.ts < @before ORDER BY c.ts DESC",
        parameters=[
            {"name": "@limit", "value": limit},
            {"name": "@channel", "value": channel},
            {"name": "@before", "value": req.params.get("before", "a")},
        ],
        enable_cross_partition_query=True,
    )
    return func.HttpResponse(json.dumps(list(rows)), mimetype="application/json")


@app.route(route="slack/commands", methods=["POST"])
def commands(req: func.HttpRequest) -> func.HttpResponse:
    if not genuine(req):
        return func.HttpResponse(status_code=401)
    channel = parse_qs(req.get_body().decode())["channel_id"][0]
    return func.HttpResponse(f"You are number {next_number(channel)} here.")


def next_number(channel: str) -> int:
    """Reads, adds and writes, unless somebody else has written meanwhile; then all over again, a moment later."""
    while True:
        try:
            try:
                known = counters.read_item(channel, channel)
            except NotFound:
                return counters.create_item({"id": channel, "count": 1})["count"]
            known["count"] += 1
            return counters.replace_item(
                known, known, etag=known["_etag"], match_condition=MatchConditions.IfNotModified
            )["count"]
        except (CosmosAccessConditionFailedError, CosmosResourceExistsError):
            time.sleep(random.uniform(0, 0.05))


@app.route(route="slack/outgoing", methods=["POST"])
def outgoing(req: func.HttpRequest) -> func.HttpResponse:
    form = {name: values[0] for name, values in parse_qs(req.get_body().decode()).items()}
    if form.get("token") != os.environ["SLACK_OUTGOING_TOKEN"]:
        return func.HttpResponse(status_code=401)
    return func.HttpResponse(json.dumps({"text": "Hello, " + form["user_name"]}), mimetype="application/json")


def genuine(req: func.HttpRequest) -> bool:
    return verifier.is_valid_request(req.get_body(), dict(req.headers))


def greet(event: dict) -> None:
    name = slack.users_info(user=event["user"])["user"]["name"]
    me = f"<@{slack.auth_test()['user_id']}>"
    before = slack.conversations_history(channel=event["channel"], latest=event["ts"])["messages"]
    known = any(one.get("user") == event["user"] and me in one["text"] for one in before)
    slack.chat_postMessage(
        channel=event["channel"],
        thread_ts=event.get("thread_ts"),
        text=("Welcome back, " if known else "Hello, ") + name,
    )
