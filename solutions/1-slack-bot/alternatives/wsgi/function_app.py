"""The same bot as one Flask application, with the signature checked by hand."""

import hashlib
import hmac
import os
import time
from urllib.parse import parse_qsl

import azure.functions as func
from flask import Flask, abort, jsonify, request
from slack_sdk import WebClient
from werkzeug.exceptions import BadRequest

site = Flask(__name__)
slack = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])


@site.post("/api/slack/outgoing")
def outgoing():
    try:
        form = dict(parse_qsl(request.get_data().decode(), errors="strict"))
    except UnicodeDecodeError:
        abort(400)
    if form.get("token") != os.environ["SLACK_OUTGOING_TOKEN"]:
        abort(401)
    name, text = form.get("user_name", ""), form.get("text", "")
    if not name or len(text) > 40_000:
        abort(400)
    return jsonify(text=f"Hello, {name}", username="greeter")


@site.post("/api/slack/events")
def events():
    if not genuine():
        abort(401)
    payload = request.get_json()
    if not isinstance(payload, dict):
        abort(400)
    if payload.get("type") == "url_verification":
        return payload["challenge"]
    event = payload.get("event")
    if not event:
        abort(400)
    if event["type"] == "app_mention" and "bot_profile" not in event:
        greet(event)
    return "", 202


def genuine() -> bool:
    try:
        stamp = request.headers["X-Slack-Request-Timestamp"]
        age = abs(time.time() - float(stamp))
        given = request.headers["X-Slack-Signature"]
    except (KeyError, ValueError, BadRequest):
        return False
    text = b":".join((b"v0", stamp.encode(), request.get_data()))
    right = "v0=" + hmac.new(os.environ["SLACK_SIGNING_SECRET"].encode(), text, hashlib.sha256).hexdigest()
    return age <= 300 and hmac.compare_digest(right, given)


def greet(event: dict) -> None:
    """Counts this user's mentions in the channel, this one included."""
    me = slack.auth_test()["user_id"]
    found = 0
    for page in slack.conversations_history(channel=event["channel"], limit=999):
        found += sum(one.get("user") == event["user"] and f"<@{me}>" in one["text"] for one in page["messages"])
    name = slack.users_info(user=event["user"])["user"]["name"]
    top_level = "thread_ts" not in event
    greeting = "Welcome back" if found > (1 if top_level else 0) else "Hello"
    slack.chat_postMessage(
        channel=event["channel"], thread_ts=event.get("thread_ts"), text=f":wave: {greeting}, {name}"
    )


app = func.WsgiFunctionApp(app=site.wsgi_app, http_auth_level=func.AuthLevel.ANONYMOUS)
