"""Lab 2: keep what was said.

POST /api/slack/outgoing  Slack's outgoing webhook: answer "Hello, <user_name>".
POST /api/slack/events    Slack's Events API: keep every message, greet whoever mentions the bot.
POST /api/slack/commands  Slack's slash commands: /count counts.
GET  /api/messages        What was said, newest first: ?channel=<id>&limit=<number>&before=<ts>
"""

import hmac
import json
import os
import uuid
from collections import Counter
from urllib.parse import parse_qs

import azure.functions as func
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)  # Slack cannot send a function key
slack = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])

LONGEST_TEXT = 40_000
counts = Counter()


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
    # Check 2.1, 2.3: each delivery makes a document with a new id. Which id does a message have by itself?
    # Check 2.1: keep what a person says, with its channel, user, text and ts. An edit is no new message.
    if event.get("type") in ("message", "app_mention"):
        fields = {"channel": event.get("channel"), "text": event.get("text")}
        kept.set(func.Document.from_dict({"id": str(uuid.uuid4()), **fields}))
    if event.get("type") == "app_mention" and "bot_id" not in event:
        greet(event)
    return answer({})


@app.route(route="messages", methods=["GET"])
def messages(req: func.HttpRequest) -> func.HttpResponse:
    """What was said in a channel: a JSON list, newest first, at most `limit`, older than the ts `before`."""
    # Check 2.4: read the documents of the channel from the container "messages".
    # Check 2.5: a stranger chooses the channel's name. It must never become a part of the SQL text.
    return answer([])


@app.route(route="slack/commands", methods=["POST"])
def commands(req: func.HttpRequest) -> func.HttpResponse:
    """Slack sends a signed form; the text of our JSON answer appears in the channel."""
    # Check 2.6: reject what Slack did not sign, as `events` does.
    # Check 2.7: two workers have two of these variables. Count in the container "counters".
    form = parse_qs(req.get_body().decode("utf-8"))
    channel = form["channel_id"][0]
    counts[channel] += 1
    return answer({"response_type": "in_channel", "text": f"This is number {counts[channel]}."})


def signed_by_slack(req: func.HttpRequest) -> bool:
    """Whether the signature over the raw body is right, and not older than five minutes."""
    try:
        return verifier.is_valid_request(req.get_body(), dict(req.headers))
    except ValueError:  # a time stamp that is no number, a body that is no text
        return False


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
