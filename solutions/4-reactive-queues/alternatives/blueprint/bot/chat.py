"""The bot as it was in Lab 2: it keeps messages, shows them, counts and greets. A report is passed on as a job."""

import hmac
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from urllib.parse import parse_qs

import azure.functions as func
from azure.cosmos import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosResourceExistsError, CosmosResourceNotFoundError
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

chat = func.Blueprint()
slack = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])

Take = Callable[[dict], None]
FIELDS = ("channel", "user", "text", "ts")
REPORT = re.compile(r"\s*<@\w+>\s*report\s+(\S.*?)\s*", re.DOTALL)
HISTORY = """
    SELECT c.id, c.channel, c.user, c.text, c.ts FROM c
    WHERE c.channel = @channel AND c.ts < @before ORDER BY c.ts DESC OFFSET 0 LIMIT @limit
"""
ONE_MORE = [{"op": "incr", "path": "/count", "value": 1}]


@chat.route(route="slack/outgoing", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def outgoing(req: func.HttpRequest) -> func.HttpResponse:
    form = form_of(req)
    if not hmac.compare_digest(form.get("token", "").encode(), os.environ["SLACK_OUTGOING_TOKEN"].encode()):
        return problem(401, "This token is not Slack's.")
    if "user_name" not in form:
        return problem(400, "There is no user_name.")
    return answer({"text": f"Hello, {form['user_name']}"})


@chat.route(route="messages", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def messages(req: func.HttpRequest) -> func.HttpResponse:
    channel, limit = req.params.get("channel"), req.params.get("limit", "100")
    if not channel or not limit.isdecimal() or not 1 <= int(limit) <= 1_000:
        return problem(400, "There must be a channel, and the limit is a whole number from 1 to 1000.")
    values = {"@channel": channel, "@before": req.params.get("before") or "9999999999.999999", "@limit": int(limit)}
    parameters = [{"name": name, "value": value} for name, value in values.items()]
    return answer(list(container("messages").query_items(HISTORY, parameters=parameters, partition_key=channel)))


def heard(req: func.HttpRequest, take: Take) -> func.HttpResponse:
    """Answers Slack's Events API; a mention that asks for a report is given to `take`."""
    if not signed_by_slack(req):
        return problem(401, "This request is not signed by Slack.")
    try:
        payload = req.get_json()
        event = payload.get("event") or {}
    except (ValueError, AttributeError):
        return problem(400, "The body is not a JSON object.")
    if payload.get("type") == "url_verification":
        return answer({"challenge": payload.get("challenge")})
    if not isinstance(event, dict) or "bot_id" in event or "subtype" in event:
        return answer({})
    if all(isinstance(event.get(field), str) for field in FIELDS):
        kept = {field: event[field] for field in FIELDS}
        container("messages").upsert_item({"id": f"{event['channel']}:{event['ts']}", **kept})
    if event.get("type") == "app_mention":
        if asked := REPORT.fullmatch(event.get("text") or ""):
            id, channel = f"{event['channel']}:{event['ts']}", event["channel"]
            take({"correlation_id": id, "topic": asked[1], "channel": channel, "thread_ts": event.get("thread_ts")})
        else:
            greet(event)
    return answer({})


def commanded(req: func.HttpRequest, take: Take) -> func.HttpResponse:
    """Answers a slash command; /report with a topic is given to `take`."""
    if not signed_by_slack(req):
        return problem(401, "This request is not signed by Slack.")
    form = form_of(req)
    command, topic = form.get("command"), form.get("text", "").strip()
    if command == "/count":
        return answer({"response_type": "in_channel", "text": f"This is number {count(form['channel_id'])}."})
    if command != "/report" or not topic:
        return answer({"text": "I know /count, and /report with a topic."})
    job = {"correlation_id": form["trigger_id"], "topic": topic, "channel": form["channel_id"]}
    take({**job, "response_url": form["response_url"]})
    return answer({"text": f"I am asking about {topic}."})


def greet(event: dict) -> None:
    name = slack.users_info(user=event["user"])["user"]["name"]
    me = f"<@{slack.auth_test()['user_id']}>"
    pages = slack.conversations_history(channel=event["channel"], latest=event["ts"], limit=200)
    earlier = (message for page in pages for message in page["messages"])
    again = any(message.get("user") == event["user"] and me in message["text"] for message in earlier)
    text = f"{'Welcome back' if again else 'Hello'}, {name}"
    slack.chat_postMessage(channel=event["channel"], thread_ts=event.get("thread_ts"), text=text)


def count(channel: str) -> int:
    counters = container("counters")
    with suppress(CosmosResourceNotFoundError):
        return counters.patch_item(channel, partition_key=channel, patch_operations=ONE_MORE)["count"]
    with suppress(CosmosResourceExistsError):
        counters.create_item({"id": channel, "count": 0})
    return counters.patch_item(channel, partition_key=channel, patch_operations=ONE_MORE)["count"]


def signed_by_slack(req: func.HttpRequest) -> bool:
    try:
        return verifier.is_valid_request(req.get_body(), dict(req.headers))
    except ValueError:
        return False


def form_of(req: func.HttpRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(req.get_body().decode("utf-8", "replace")).items()}


@cache
def client() -> CosmosClient:
    return CosmosClient.from_connection_string(os.environ["CosmosDbConnection"])


def container(name: str) -> ContainerProxy:
    return client().get_database_client("camp").get_container_client(name)


def answer(body: dict | list) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), mimetype="application/json")


def problem(status: int, text: str) -> func.HttpResponse:
    return func.HttpResponse(text, status_code=status)
