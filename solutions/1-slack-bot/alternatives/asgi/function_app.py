"""The same bot as one Starlette application. It acknowledges first and greets afterwards."""

import json
import os
from urllib.parse import parse_qs

import azure.functions as func
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

slack = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])


async def outgoing(request: Request) -> Response:
    try:
        form = parse_qs((await request.body()).decode(), errors="strict", max_num_fields=50)
    except ValueError:
        return Response(status_code=400)
    if os.environ["SLACK_OUTGOING_TOKEN"] not in form.get("token", []):
        return Response(status_code=401)
    if not form.get("user_name") or len(form.get("text", [""])[0]) > 40_000:
        return Response(status_code=400)
    return JSONResponse({"text": "Hello, " + form["user_name"][0]})


async def events(request: Request) -> Response:
    body = await request.body()
    if not verifier.is_valid_request(body, dict(request.headers)):
        return Response(status_code=401)
    try:
        payload = json.loads(body)
        if payload["type"] == "url_verification":
            return PlainTextResponse(payload["challenge"])
        event = payload["event"]
        wanted = event["type"] == "app_mention" and "bot_id" not in event
    except (ValueError, LookupError, TypeError):
        return Response(status_code=400)
    return Response(background=BackgroundTask(greet, event) if wanted else None)


async def greet(event: dict) -> None:
    user = await slack.users_info(user=event["user"])
    me = f"<@{(await slack.auth_test())['user_id']}>"
    first = True
    async for page in await slack.conversations_history(channel=event["channel"], latest=event["ts"]):
        first = first and not any(one.get("user") == event["user"] and me in one["text"] for one in page["messages"])
    text = f"{'Hello' if first else 'Welcome back'}, {user['user']['name']}"
    await slack.chat_postMessage(channel=event["channel"], text=text, thread_ts=event.get("thread_ts"))


site = Starlette(
    routes=[
        Route("/api/slack/outgoing", outgoing, methods=["POST"]),
        Route("/api/slack/events", events, methods=["POST"]),
    ]
)
app = func.AsgiFunctionApp(app=site, http_auth_level=func.AuthLevel.ANONYMOUS)
