"""The Events API. Replies always go to a thread."""

import os

import azure.functions as func
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

events = func.Blueprint()
verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])


def client() -> WebClient:
    return WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])


@events.route(route="slack/events", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def slack_events(req: func.HttpRequest) -> func.HttpResponse:
    headers = req.headers
    genuine = verifier.is_valid(
        body=req.get_body(),
        timestamp=headers.get("x-slack-request-timestamp", "0"),
        signature=headers.get("x-slack-signature", ""),
    )
    if not genuine:
        return func.HttpResponse(status_code=401)
    try:
        body = req.get_json()
        kind = body["type"]
        if kind == "url_verification":
            return func.HttpResponse("challenge=" + body["challenge"], mimetype="application/x-www-form-urlencoded")
        if kind == "event_callback":
            handle(body["event"], body["authorizations"][0]["user_id"])
    except (ValueError, KeyError, TypeError) as error:
        return func.HttpResponse(f"bad input: {error!r}", status_code=400)
    return func.HttpResponse(status_code=200)


def handle(event: dict, me: str) -> None:
    if event["type"] != "app_mention" or event.get("bot_id"):
        return
    slack = client()
    name = slack.users_info(user=event["user"])["user"]["name"]
    greeting = "Welcome back" if mentioned_before(slack, event, me) else "Hello"
    slack.chat_postMessage(
        channel=event["channel"], text=f"{greeting}, {name}!", thread_ts=event.get("thread_ts", event["ts"])
    )


def mentioned_before(slack: WebClient, event: dict, me: str) -> bool:
    cursor = None
    while True:
        page = slack.conversations_history(channel=event["channel"], cursor=cursor, limit=50)
        for message in page["messages"]:
            mine = message.get("user") == event["user"] and f"<@{me}>" in message["text"]
            if mine and message["ts"] != event["ts"]:
                return True
        cursor = page.get("response_metadata", {}).get("next_cursor")
        if not cursor:
            return False
