"""Lab 2: keep what was said. Queries name their partition in their text alone.

POST /api/slack/outgoing  Slack's outgoing webhook: answer "Hello, <user_name>".
POST /api/slack/events    Slack's Events API: keep every message, greet whoever mentions the bot.
POST /api/slack/commands  Slack's slash commands: /count counts.
GET  /api/messages        What was said, newest first: ?channel=<id>&limit=<number>&before=<ts>
"""

import hmac
import json
import os
from contextlib import suppress
from functools import cache
from urllib.parse import parse_qs

import azure.functions as func
from azure.cosmos import CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import CosmosResourceExistsError
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)  # Slack cannot send a function key
slack = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])

LONGEST_TEXT = 40_000
FIELDS = ("channel", "user", "text", "ts")
MOST_MESSAGES = 1_000
END_OF_TIME = "9999999999.999999"
HISTORY = """
    SELECT TOP @limit c.id, c.channel, c.user, c.text, c.ts FROM c
    WHERE c.channel = @channel AND c.ts < @before ORDER BY c.ts DESC
"""
COUNT = "SELECT VALUE COUNT(1) FROM c WHERE c.id = @channel"
ONE_MORE = [{"op": "incr", "path": "/count", "value": 1}]


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
def events(req: func.HttpRequest, kept: func.Out[func.Document]) -> func.HttpResponse:
    """Slack sends JSON and wants a quick 2xx. The binding writes what is set in `kept`."""
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
def commands(req: func.HttpRequest) -> func.HttpResponse:
    """Slack sends a signed form; the text of our JSON answer appears in the channel."""
    if not signed_by_slack(req):
        return problem(401, "This request is not signed by Slack.")
    form = parse_qs(req.get_body().decode("utf-8"))
    if form.get("command") != ["/count"] or "channel_id" not in form:
        return answer({"text": "I only know /count."})
    number = count_one_more(form["channel_id"][0])
    return answer({"response_type": "in_channel", "text": f"This is number {number}."})


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
    """The query says itself which partition it is about, so it needs no partition_key beside it."""
    values = {"@channel": channel, "@before": before, "@limit": limit}
    parameters = [{"name": name, "value": value} for name, value in values.items()]
    kept = database().get_container_client("messages")
    return list(kept.query_items(HISTORY, parameters=parameters))


def count_one_more(channel: str) -> int:
    """The database adds one and answers with the sum: nobody comes between."""
    counters = database().get_container_client("counters")
    parameters: list[dict[str, object]] = [{"name": "@channel", "value": channel}]
    if next(iter(counters.query_items(COUNT, parameters=parameters))) == 0:
        with suppress(CosmosResourceExistsError):  # another worker was first
            counters.create_item({"id": channel, "count": 0})
    return counters.patch_item(channel, partition_key=channel, patch_operations=ONE_MORE)["count"]


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
