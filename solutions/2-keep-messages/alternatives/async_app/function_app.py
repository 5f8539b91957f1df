"""The same bot, asynchronous, with the asynchronous SDK. It listens to message events alone: a mention is one, too."""

import json
import os
from urllib.parse import parse_qs

import azure.functions as func
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import CosmosHttpResponseError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
slack = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
signatures = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])


class Cosmos:
    """One client, opened at first need in the worker's event loop."""

    client: CosmosClient | None = None

    @classmethod
    async def camp(cls) -> DatabaseProxy:
        if cls.client is None:
            client = CosmosClient.from_connection_string(os.environ["CosmosDbConnection"])
            cls.client = await client.__aenter__()
        return cls.client.get_database_client("camp")


class Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@app.route(route="slack/{endpoint:regex(^(outgoing|events|commands)$)}", methods=["POST"])
async def endpoint(req: func.HttpRequest) -> func.HttpResponse:
    name = req.route_params["endpoint"]
    try:
        if name != "outgoing" and not signatures.is_valid_request(req.get_body(), dict(req.headers)):
            raise Refused(401, "not signed")
        found = await {"outgoing": outgoing, "events": events, "commands": commands}[name](req.get_body())
        return func.HttpResponse(json.dumps(found), mimetype="application/json")
    except Refused as refused:
        return func.HttpResponse(str(refused), status_code=refused.status)


async def outgoing(body: bytes) -> dict:
    form = parse_qs(body.decode(), errors="replace")
    if form.get("token") != [os.environ["SLACK_OUTGOING_TOKEN"]]:
        raise Refused(401, "wrong token")
    return {"text": f"Hello, {form['user_name'][0]}"}


async def events(body: bytes) -> dict:
    try:
        payload = json.loads(body)
    except ValueError as error:
        raise Refused(400, "not JSON") from error
    match payload:
        case {"type": "url_verification", "challenge": challenge}:
            return {"challenge": challenge}
        case {"event": {"type": "message", "subtype": _}} | {"event": {"type": "message", "bot_id": _}}:
            return {}
        case {"event": {"type": "message", "channel": str(), "user": str(), "text": str(), "ts": str()} as event}:
            await heard(event)
            return {}
        case {"event": {"type": str()}}:
            return {}
    raise Refused(400, "no event")


async def heard(event: dict) -> None:
    document = {name: event[name] for name in ("channel", "user", "text", "ts")}
    kept = (await Cosmos.camp()).get_container_client("messages")
    await kept.upsert_item({**document, "id": "{channel}:{ts}".format(**event)})
    me = await slack.auth_test()
    if f"<@{me['user_id']}>" not in event["text"]:
        return
    name = (await slack.users_info(user=event["user"]))["user"]["name"]
    known = False
    async for page in await slack.conversations_history(channel=event["channel"], latest=event["ts"]):
        known = known or any(one.get("bot_id") and one["text"].endswith(f", {name}.") for one in page["messages"])
    await slack.chat_postMessage(
        channel=event["channel"],
        text=f"{'Welcome back' if known else 'Hello'}, {name}.",
        thread_ts=event.get("thread_ts"),
    )


async def commands(body: bytes) -> dict:
    """The counter is made at first need: whoever comes second finds it there."""
    channel = parse_qs(body.decode())["channel_id"][0]
    counters = (await Cosmos.camp()).get_container_client("counters")
    more = [{"op": "incr", "path": "/count", "value": 1}]
    while True:
        try:
            counter = await counters.patch_item(channel, channel, more)
            return {"text": f"{counter['count']} so far", "response_type": "ephemeral"}
        except CosmosHttpResponseError as error:
            if error.status_code != 404:
                raise
        try:
            await counters.create_item({"id": channel, "count": 0})
        except CosmosHttpResponseError as error:
            if error.status_code != 409:
                raise


@app.route(route="messages")
async def messages(req: func.HttpRequest) -> func.HttpResponse:
    kept = (await Cosmos.camp()).get_container_client("messages")
    rows = []
    limit = int(req.params["limit"])
    async for row in kept.query_items(
        "SELECT VALUE {'user': m.user, 'text': m.text, 'ts': m.ts} FROM messages m WHERE m.ts < @t ORDER BY m.ts DESC",
        parameters=[{"name": "@t", "value": req.params["before"]}],
        partition_key=req.params["channel"],
        max_item_count=limit,
    ):
        rows.append(row)
        if len(rows) == limit:
            break
    return func.HttpResponse(json.dumps(rows), mimetype="application/json")
