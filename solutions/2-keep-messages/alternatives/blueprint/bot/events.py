"""The Events API. The binding takes a list: it is empty when there is nothing to keep."""

import os

import azure.functions as func
from slack_sdk import WebClient

from bot.signed import signed

events = func.Blueprint()


def client() -> WebClient:
    return WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])


@events.route(route="slack/events", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@events.cosmos_db_output(
    arg_name="documents",
    connection="CosmosDbConnection",
    database_name="camp",
    container_name="messages",
)
def slack_events(req: func.HttpRequest, documents: func.Out[func.DocumentList]) -> func.HttpResponse:
    if not signed(req):
        return func.HttpResponse(status_code=401)
    try:
        body = req.get_json()
        if body["type"] == "url_verification":
            return func.HttpResponse("challenge=" + body["challenge"], mimetype="application/x-www-form-urlencoded")
        event = body["event"]
        if event["type"] in ("message", "app_mention") and not event.get("bot_id") and not event.get("subtype"):
            document = {name: event[name] for name in ("channel", "user", "text", "ts", "event_ts")}
            if None in document.values():
                raise ValueError(document)
            document["id"] = f"{document['channel']}:{document['ts']}"
            documents.set(func.DocumentList([func.Document.from_dict(document)]))
        if event["type"] == "app_mention" and not event.get("bot_id"):
            greet(event, body["authorizations"][0]["user_id"])
    except (ValueError, KeyError, TypeError) as error:
        return func.HttpResponse(f"bad input: {error!r}", status_code=400)
    return func.HttpResponse(status_code=200)


def greet(event: dict, me: str) -> None:
    slack = client()
    name = slack.users_info(user=event["user"])["user"]["name"]
    pages = slack.conversations_history(channel=event["channel"], latest=event["ts"], limit=50)
    before = [one for page in pages for one in page["messages"]]
    known = any(one.get("user") == event["user"] and f"<@{me}>" in one["text"] for one in before)
    greeting = "Welcome back" if known else "Hello"
    slack.chat_postMessage(
        channel=event["channel"], text=f"{greeting}, {name}!", thread_ts=event.get("thread_ts", event["ts"])
    )
