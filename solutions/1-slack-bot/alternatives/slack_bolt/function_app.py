"""The same bot on Bolt for Python, Slack's own framework."""

import json
import os
import re
from urllib.parse import parse_qs

import azure.functions as func
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
bolt = App(
    client=WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]),
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
    token_verification_enabled=False,
    process_before_response=True,
)


@bolt.event("app_mention")
def greet(event: dict, say, client: WebClient, context) -> None:
    name = client.users_info(user=event["user"])["user"]["name"]
    mention = f"<@{context.bot_user_id}>"
    pages = client.conversations_history(channel=event["channel"], latest=event["ts"])
    before = [message for page in pages for message in page["messages"]]
    known = any(one.get("user") == event["user"] and mention in one["text"] for one in before)
    say(text=f"{'Welcome back' if known else 'Hello'}, {name}", thread_ts=event.get("thread_ts"))


@bolt.event(re.compile(".*"))
def everything_else() -> None:
    """Acknowledged, and left alone."""


@app.route(route="slack/events", methods=["POST"])
def events(req: func.HttpRequest) -> func.HttpResponse:
    try:
        body = req.get_body().decode()
        payload = json.loads(body)
        if payload["type"] == "event_callback" and "type" not in payload["event"]:
            raise KeyError("event")
    except (ValueError, KeyError, TypeError):
        return func.HttpResponse("bad request", status_code=400)
    answer = bolt.dispatch(BoltRequest(body=body, headers=dict(req.headers)))
    return func.HttpResponse(answer.body, status_code=answer.status, headers=answer.first_headers_without_set_cookie())


@app.route(route="slack/outgoing", methods=["POST"])
def outgoing(req: func.HttpRequest) -> func.HttpResponse:
    try:
        form = {name: values[-1] for name, values in parse_qs(req.get_body().decode(), errors="strict").items()}
    except UnicodeDecodeError:
        return func.HttpResponse(status_code=400)
    if form.get("token") != os.environ["SLACK_OUTGOING_TOKEN"]:
        return func.HttpResponse(status_code=401)
    if "user_name" not in form or len(form.get("text", "")) > 40_000:
        return func.HttpResponse(status_code=400)
    return func.HttpResponse(json.dumps({"text": "Hello, " + form["user_name"]}), mimetype="application/json")
