"""The slash command. The counter is written only if nobody else has written it meanwhile (ETag)."""

import json
import os
import random
import time
from functools import lru_cache
from urllib.parse import parse_qsl

import azure.functions as func
from azure.core import MatchConditions
from azure.cosmos import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError

from bot.signed import signed

commands = func.Blueprint()
ANOTHER_WAS_FIRST = (404, 409, 412)


@lru_cache
def counters() -> ContainerProxy:
    client = CosmosClient.from_connection_string(os.environ["CosmosDbConnection"])
    return client.get_database_client("camp").get_container_client("counters")


@commands.route(route="slack/commands", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def slack_commands(req: func.HttpRequest) -> func.HttpResponse:
    if not signed(req):
        return func.HttpResponse(status_code=401)
    channel = dict(parse_qsl(req.get_body().decode()))["channel_id"]
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"*{counted(channel)}* :tada:"}}
    answer = {"response_type": "in_channel", "text": "", "blocks": [section]}
    return func.HttpResponse(json.dumps(answer), mimetype="application/json")


def counted(channel: str) -> int:
    for attempt in range(100):
        try:
            found = list(
                counters().query_items(
                    "SELECT * FROM c WHERE c.id = @id",
                    parameters=[{"name": "@id", "value": channel}],
                    partition_key=channel,
                )
            )
            if not found:
                return counters().create_item({"id": channel, "count": 1, "made": time.time()})["count"]
            counter = {**found[0], "count": found[0]["count"] + 1}
            condition = {"etag": counter["_etag"], "match_condition": MatchConditions.IfNotModified}
            return counters().upsert_item(counter, **condition)["count"]
        except CosmosHttpResponseError as error:
            if error.status_code not in ANOTHER_WAS_FIRST:
                raise
            time.sleep(random.uniform(0, 0.01 * (attempt + 1)))
    raise RuntimeError("the counter is never free")
