"""The same bot on Bolt for Python. A message is created, and what is there already is left as it is."""

import json
import os
import re
from contextlib import suppress
from urllib.parse import parse_qs

import azure.functions as func
from azure.cosmos import CosmosClient
from azure.cosmos.exceptions import CosmosResourceExistsError
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
bolt = App(
    client=WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]),
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
    token_verification_enabled=False,
    process_before_response=True,
)
database = CosmosClient.from_connection_string(os.environ["CosmosDbConnection"]).get_database_client("camp")
messages, counters = (database.get_container_client(name) for name in ("messages", "counters"))


@bolt.use
def keep(body: dict, next) -> None:
    event = body.get("event", {})
    if event.get("type") in ("message", "app_mention") and "subtype" not in event and event.get("channel"):
        fields = {name: event[name] for name in ("channel", "user", "text", "ts")}
        with suppress(CosmosResourceExistsError):
            messages.create_item({"id": f"{event['channel']}:{event['ts']}", **fields})
    next()


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


@bolt.command("/count")
def count(ack, command: dict) -> None:
    channel = command["channel_id"]
    with suppress(CosmosResourceExistsError):
        counters.create_item({"id": channel, "count": 0})
    more = [{"op": "incr", "path": "/count", "value": 1}]
    ack(f"This was said {counters.patch_item(channel, channel, more)['count']} times.")


@app.route(route="slack/{what:regex(^(events|commands)$)}", methods=["POST"])
def slack(req: func.HttpRequest) -> func.HttpResponse:
    body = req.get_body().decode()
    if req.route_params["what"] == "events":
        try:
            if json.loads(body)["type"] == "event_callback" and not json.loads(body)["event"]["ts"]:
                raise KeyError("ts")
        except (ValueError, KeyError, TypeError):
            return func.HttpResponse("bad request", status_code=400)
    answer = bolt.dispatch(BoltRequest(body=body, headers=dict(req.headers)))
    return func.HttpResponse(answer.body, status_code=answer.status, headers=answer.first_headers_without_set_cookie())


@app.route(route="messages", methods=["GET"])
def history(req: func.HttpRequest) -> func.HttpResponse:
    if not re.fullmatch(r"[CDG][A-Z0-9]{2,20}", req.params.get("channel", "")):
        return func.HttpResponse("This is no channel.", status_code=400)
    rows = messages.query_items("SELECT * FROM c", partition_key=req.params["channel"])
    older = [row for row in rows if row["ts"] < req.params["before"]]
    older.sort(key=lambda row: row["ts"], reverse=True)
    return func.HttpResponse(json.dumps(older[: int(req.params["limit"])]), mimetype="application/json")


@app.route(route="slack/outgoing", methods=["POST"])
def outgoing(req: func.HttpRequest) -> func.HttpResponse:
    form = {name: values[-1] for name, values in parse_qs(req.get_body().decode()).items()}
    if form.get("token") != os.environ["SLACK_OUTGOING_TOKEN"]:
        return func.HttpResponse(status_code=401)
    return func.HttpResponse(json.dumps({"text": "Hello, " + form["user_name"]}), mimetype="application/json")
