"""Lab 5: moves the messages into the container with the new key, while new ones come in.

The change feed of `messages` (key /channel) is read; what it holds is written into `messages_by_key`.
"""

import logging
import os
import sys
from functools import cache
from pathlib import Path

import azure.functions as func
from azure.cosmos import ContainerProxy, CosmosClient

sys.path.append(str(Path(__file__).resolve().parent.parent))  # partitioning.py lies one folder above
from partitioning import to_document

app = func.FunctionApp()
logging.getLogger("azure").setLevel(logging.WARNING)  # the SDK logs every request


@cache
def target() -> ContainerProxy:
    """The container with the new key."""
    client = CosmosClient.from_connection_string(os.environ["CosmosDbConnection"])
    return client.get_database_client("camp").get_container_client("messages_by_key")


@app.cosmos_db_trigger(
    arg_name="documents",
    connection="CosmosDbConnection",
    database_name="camp",
    container_name="messages",
    lease_container_name="leases",
)
def move(documents: func.DocumentList) -> None:
    for document in documents:
        target().create_item(to_document(dict(document)))
