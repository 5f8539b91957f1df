"""The outgoing webhook."""

import json
import os
import secrets
from urllib.parse import parse_qsl

import azure.functions as func

outgoing = func.Blueprint()


@outgoing.function_name("OutgoingWebhook")
@outgoing.route(route="slack/outgoing", methods=[func.HttpMethod.POST], auth_level=func.AuthLevel.ANONYMOUS)
def say_hello(req: func.HttpRequest) -> str:
    try:
        form = dict(parse_qsl(req.get_body().decode(), errors="strict", keep_blank_values=True))
    except ValueError:
        return refused(400)
    if not secrets.compare_digest(form.get("token", "").encode(), os.environ["SLACK_OUTGOING_TOKEN"].encode()):
        return refused(401)
    if not form.get("user_name") or len(form.get("text", "")) > 40_000:
        return refused(400)
    text = json.dumps({"text": f"Hello, {form['user_name']}! Nice to see you."})
    return json.dumps({"status": 200, "headers": {"Content-Type": "application/json"}, "body": text})


def refused(status: int) -> str:
    return json.dumps({"status": status, "body": "no"})
