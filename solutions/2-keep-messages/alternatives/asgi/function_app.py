"""The same bot as one Starlette application. It keeps a message before it acknowledges, and greets afterwards."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import azure.functions as func
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosResourceExistsError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

slack = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])


@asynccontextmanager
async def container(name: str) -> AsyncIterator[ContainerProxy]:
    async with CosmosClient.from_connection_string(os.environ["CosmosDbConnection"]) as client:
        yield client.get_database_client("camp").get_container_client(name)


async def outgoing(request: Request) -> Response:
    form = parse_qs((await request.body()).decode())
    if os.environ["SLACK_OUTGOING_TOKEN"] not in form.get("token", []):
        return Response(status_code=401)
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
        if "bot_id" in event or "subtype" in event or event["type"] not in ("message", "app_mention"):
            return Response()
        document = {"id": ":".join((event["channel"], event["ts"])), "kind": event["type"]}
        document |= {name: event[name] for name in ("channel", "user", "text", "ts")}
    except (ValueError, LookupError, TypeError):
        return Response(status_code=400)
    async with container("messages") as messages:
        await messages.upsert_item(document)
    return Response(background=BackgroundTask(greet, event) if event["type"] == "app_mention" else None)


async def greet(event: dict) -> None:
    user = await slack.users_info(user=event["user"])
    me = f"<@{(await slack.auth_test())['user_id']}>"
    first = True
    async for page in await slack.conversations_history(channel=event["channel"], latest=event["ts"]):
        first = first and not any(one.get("user") == event["user"] and me in one["text"] for one in page["messages"])
    text = f"{'Hello' if first else 'Welcome back'}, {user['user']['name']}"
    await slack.chat_postMessage(channel=event["channel"], text=text, thread_ts=event.get("thread_ts"))


async def commands(request: Request) -> Response:
    body = await request.body()
    if not verifier.is_valid_request(body, dict(request.headers)):
        return Response(status_code=401)
    return PlainTextResponse(f"Nr. {await counted(parse_qs(body.decode())['channel_id'][0])}")


async def counted(channel: str) -> int:
    """Whoever is first makes the counter, and everybody else adds to it."""
    async with container("counters") as counters:
        try:
            return (await counters.create_item({"id": channel, "count": 1}))["count"]
        except CosmosResourceExistsError:
            one_more = [{"op": "incr", "path": "/count", "value": 1}]
            return (await counters.patch_item(channel, channel, one_more))["count"]


async def messages(request: Request) -> Response:
    given = request.query_params
    if not {"channel", "limit", "before"} <= given.keys() or not given["limit"].isdigit():
        return Response("channel, limit and before, please", status_code=400)
    query = "SELECT * FROM c WHERE c.channel = @channel AND c.ts < @before ORDER BY c.ts DESC"
    parameters = [{"name": f"@{name}", "value": given[name]} for name in ("channel", "before")]
    async with container("messages") as kept:
        rows = [row async for row in kept.query_items(query, parameters=parameters, partition_key=given["channel"])]
    return JSONResponse(rows[: int(given["limit"])])


site = Starlette(
    routes=[
        Route("/api/slack/outgoing", outgoing, methods=["POST"]),
        Route("/api/slack/events", events, methods=["POST"]),
        Route("/api/slack/commands", commands, methods=["POST"]),
        Route("/api/messages", messages),
    ]
)
app = func.AsgiFunctionApp(app=site, http_auth_level=func.AuthLevel.ANONYMOUS)
