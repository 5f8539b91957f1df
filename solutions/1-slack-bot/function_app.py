"""Lab 1: a Slack bot on Azure Functions.

POST /api/slack/outgoing  Slack's outgoing webhook: answer "Hello, <user_name>".
POST /api/slack/events    Slack's Events API: greet whoever mentions the bot.
"""

### BEGIN SOLUTION
# STARTER: import json
# STARTER: import os
# STARTER:
# STARTER: import azure.functions as func
# STARTER: from slack_sdk import WebClient
import hmac
import json
import os
from urllib.parse import parse_qs

import azure.functions as func
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

### END SOLUTION

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)  # Slack cannot send a function key
slack = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
### BEGIN SOLUTION
verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])

LONGEST_TEXT = 40_000
### END SOLUTION


@app.route(route="slack/outgoing", methods=["POST"])
def outgoing(req: func.HttpRequest) -> func.HttpResponse:
    """Slack sends a form; the text of our JSON answer appears in the channel."""
    ### BEGIN SOLUTION
    # STARTER: # Check 1.1: the form holds "user_name". Say hello to that user.
    # STARTER: # Check 1.2: the form holds "token". It must be the one in SLACK_OUTGOING_TOKEN.
    # STARTER: return answer({"text": "Hello, world"})
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
    ### END SOLUTION


@app.route(route="slack/events", methods=["POST"])
def events(req: func.HttpRequest) -> func.HttpResponse:
    """Slack sends JSON and wants a quick 2xx."""
    ### BEGIN SOLUTION
    # STARTER: # Check 1.3: answer the challenge of a "url_verification".
    # STARTER: # Check 1.4: reject what Slack did not sign. slack_sdk.signature helps.
    # STARTER: # Check 1.5, 1.6: this bot answers every message, its own too. Answer mentions only.
    # STARTER: # Check 1.7: "Hello, <name>" at first, "Welcome back, <name>" from then on.
    # STARTER: # Check 1.8: bad input gets a 400.
    # STARTER: payload = req.get_json()
    # STARTER: event = payload["event"]
    # STARTER: if event["type"] == "message":
    # STARTER:     slack.chat_postMessage(channel=event["channel"], text="Hello!")
    # STARTER: return answer({})
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
    ### END SOLUTION


### BEGIN SOLUTION
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


### END SOLUTION
def answer(body: dict) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), mimetype="application/json")


### BEGIN SOLUTION


def problem(status: int, text: str) -> func.HttpResponse:
    return func.HttpResponse(text, status_code=status)


### END SOLUTION
