"""Lab 1: a Slack bot on Azure Functions.

POST /api/slack/outgoing  Slack's outgoing webhook: answer "Hello, <user_name>".
POST /api/slack/events    Slack's Events API: greet whoever mentions the bot.
"""

import json
import os
from urllib.parse import parse_qs

import azure.functions as func
from slack_sdk import WebClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)  # Slack cannot send a function key
slack = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])


@app.route(route="slack/outgoing", methods=["POST"])
def outgoing(req: func.HttpRequest) -> func.HttpResponse:
    """Slack sends a form; the text of our JSON answer appears in the channel."""
    form = parse_qs(req.get_body().decode("utf-8"))
    if form.get("token") != [os.environ["SLACK_OUTGOING_TOKEN"]]:
        return func.HttpResponse("This token is not Slack's.", status_code=401)
    return answer({"text": f"Hello, {form['user_name'][0]}"})


@app.route(route="slack/events", methods=["POST"])
def events(req: func.HttpRequest) -> func.HttpResponse:
    """Slack sends JSON and wants a quick 2xx."""
    # Check 1.3: answer the challenge of a "url_verification".
    # Check 1.4: reject what Slack did not sign. slack_sdk.signature helps.
    # Check 1.5, 1.6: this bot answers every message, its own too. Answer mentions only.
    # Check 1.7: "Hello, <name>" at first, "Welcome back, <name>" from then on.
    # Check 1.8: bad input gets a 400.
    payload = req.get_json()
    event = payload["event"]
    if event["type"] == "message":
        slack.chat_postMessage(channel=event["channel"], text="Hello!")
    return answer({})


def answer(body: dict) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), mimetype="application/json")
