"""The same bot, asynchronous. It listens to message events and remembers by its own earlier greetings."""

import json
import os
from urllib.parse import parse_qs

import azure.functions as func
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
slack = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
signatures = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])


class Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@app.route(route="slack/{endpoint:regex(^(outgoing|events)$)}", methods=["POST"])
async def endpoint(req: func.HttpRequest) -> func.HttpResponse:
    work = {"outgoing": outgoing, "events": events}[req.route_params["endpoint"]]
    try:
        return func.HttpResponse(json.dumps(await work(req)), mimetype="application/json")
    except Refused as refused:
        return func.HttpResponse(str(refused), status_code=refused.status)


async def outgoing(req: func.HttpRequest) -> dict:
    try:
        form = parse_qs(req.get_body().decode(), errors="strict")
    except UnicodeDecodeError as error:
        raise Refused(400, "not UTF-8") from error
    if form.get("token") != [os.environ["SLACK_OUTGOING_TOKEN"]]:
        raise Refused(401, "wrong token")
    match form:
        case {"user_name": [name]} if len("".join(form.get("text", []))) <= 40_000:
            return {"text": f"Hello, {name}"}
    raise Refused(400, "no user_name, or too long a text")


async def events(req: func.HttpRequest) -> dict:
    if not signatures.is_valid_request(req.get_body(), dict(req.headers)):
        raise Refused(401, "not signed")
    try:
        body = json.loads(req.get_body())
    except ValueError as error:
        raise Refused(400, "not JSON") from error
    match body:
        case {"type": "url_verification", "challenge": challenge}:
            return {"challenge": challenge}
        case {"type": "event_callback", "event": {"type": str()} as event}:
            await heard(event)
            return {}
        case {"type": "event_callback"} | list():
            raise Refused(400, "no event")
    return {}


async def heard(event: dict) -> None:
    if event["type"] != "message" or "subtype" in event or "bot_id" in event:
        return
    me = await slack.auth_test()
    if f"<@{me['user_id']}>" not in event["text"]:
        return
    name = (await slack.users_info(user=event["user"]))["user"]["name"]
    known = False
    async for page in await slack.conversations_history(channel=event["channel"]):
        known = known or any(
            message.get("bot_id") == me["bot_id"] and message["text"].endswith(f", {name}.")
            for message in page["messages"]
        )
    greeting = "Welcome back" if known else "Hello"
    await slack.chat_postMessage(
        channel=event["channel"], text=f"{greeting}, {name}.", thread_ts=event.get("thread_ts")
    )
