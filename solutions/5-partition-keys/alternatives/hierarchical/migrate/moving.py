"""Reads before it writes, and leaves alone what is as it should be."""

import logging
import os

import azure.functions as func
from azure.cosmos import CosmosClient
from azure.cosmos.exceptions import CosmosResourceNotFoundError
from partitioning import to_document

logging.getLogger("azure").setLevel(logging.WARNING)
moving = func.Blueprint()
client = CosmosClient.from_connection_string(os.environ["CosmosDbConnection"])
target = client.get_database_client("camp").get_container_client("messages_by_key")


@moving.cosmos_db_trigger(
    arg_name="documents",
    connection="CosmosDbConnection",
    database_name="camp",
    container_name="messages",
    lease_container_name="leases",
    start_from_beginning="true",
)
@moving.retry(strategy="fixed_delay", max_retry_count="-1", delay_interval="00:00:02")
def move(documents: func.DocumentList) -> None:
    for document in documents:
        wanted = to_document({name: document[name] for name in ("id", "channel", "user", "text", "ts")})
        if wanted["text"] != text_of(wanted):
            target.upsert_item(wanted)


def text_of(wanted):
    try:
        return target.read_item(wanted["id"], partition_key=[wanted["bucket"], wanted["user"]])["text"]
    except CosmosResourceNotFoundError:
        return None
