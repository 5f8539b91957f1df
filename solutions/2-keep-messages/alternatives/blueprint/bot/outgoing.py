"""The outgoing webhook."""

import json
import os
import secrets
from urllib.parse import parse_qsl

import azure.functions as func

outgoing = func.Blueprint()


@outgoing.function_name("OutgoingWebhook")
@outgoing.route(route="slack/outgoing", methods=[func.HttpMethod.POST], auth_level=func.AuthLevel.ANONYMOUS)
def say_hello(req: func.HttpRequest) -> func.HttpResponse:
    form = dict(parse_qsl(req.get_body().decode(), errors="replace"))
    if not secrets.compare_digest(form.get("token", "").encode(), os.environ["SLACK_OUTGOING_TOKEN"].encode()):
        return func.HttpResponse(status_code=401)
    text = f"Hello, {form['user_name']}! Nice to see you."
    return func.HttpResponse(json.dumps({"text": text}), mimetype="application/json")
