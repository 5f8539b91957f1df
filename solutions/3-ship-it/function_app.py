"""Lab 3: the bot of Lab 1. Its word of greeting stands in greeting.txt.

POST /api/slack/outgoing  Slack's outgoing webhook: answer "<word>, <user_name>".
POST /api/slack/events    Slack's Events API: greet whoever mentions the bot.
GET  /api/version         which commit is answering.
"""

import hmac
import json
import os
from pathlib import Path
from urllib.parse import parse_qs

import azure.functions as func
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

HERE = Path(__file__).parent
GREETING = (HERE / "greeting.txt").read_text("utf-8").strip()
### BEGIN SOLUTION
COMMIT = HERE / "commit.txt"  # the workflow writes it, just before it deploys
### END SOLUTION

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)  # Slack cannot send a function key
slack = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])

LONGEST_TEXT = 40_000


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
    return answer({"text": f"{GREETING}, {form['user_name'][0]}"})


@app.route(route="slack/events", methods=["POST"])
def events(req: func.HttpRequest) -> func.HttpResponse:
    """Slack sends JSON and wants a quick 2xx."""
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
    if event.get("type") == "app_mention" and "bot_id" not in event:
        greet(event)
    return answer({})


@app.route(route="version", methods=["GET"])
def version(req: func.HttpRequest) -> func.HttpResponse:
    """Which commit is answering: the one that was deployed."""
    ### BEGIN SOLUTION
    # STARTER: # Check 3.8: answer the commit that was deployed, 40 hexadecimal digits. Who can know it, and when?
    # STARTER: return answer({"commit": "nobody knows"})
    commit = COMMIT.read_text("utf-8").strip() if COMMIT.exists() else "deployed by hand"
    return answer({"commit": commit})
    ### END SOLUTION


def signed_by_slack(req: func.HttpRequest) -> bool:
    """Whether the signature over the raw body is right, and not older than five minutes."""
    try:
        return verifier.is_valid_request(req.get_body(), dict(req.headers))
    except ValueError:  # a time stamp that is no number, a body that is no text
        return False


def greet(event: dict) -> None:
    """Replies where the mention is: in its thread, if there is one."""
    name = slack.users_info(user=event["user"])["user"]["name"]
    greeting = "Welcome back" if was_here_before(event) else GREETING
    slack.chat_postMessage(channel=event["channel"], thread_ts=event.get("thread_ts"), text=f"{greeting}, {name}")


def was_here_before(event: dict) -> bool:
    """Whether this user mentioned the bot in this channel before. Slack remembers it, so that we need not."""
    me = f"<@{slack.auth_test()['user_id']}>"
    pages = slack.conversations_history(channel=event["channel"], latest=event["ts"], limit=200)
    return any(
        message.get("user") == event["user"] and me in message["text"] for page in pages for message in page["messages"]
    )


def answer(body: dict) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), mimetype="application/json")


def problem(status: int, text: str) -> func.HttpResponse:
    return func.HttpResponse(text, status_code=status)
