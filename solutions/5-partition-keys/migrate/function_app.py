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
### BEGIN SOLUTION
# STARTER: from partitioning import to_document
from partitioning import to_document

FIELDS = ("id", "channel", "user", "text", "ts")
### END SOLUTION

app = func.FunctionApp()
logging.getLogger("azure").setLevel(logging.WARNING)  # the SDK logs every request


@cache
def target() -> ContainerProxy:
    """The container with the new key."""
    client = CosmosClient.from_connection_string(os.environ["CosmosDbConnection"])
    return client.get_database_client("camp").get_container_client("messages_by_key")


### BEGIN SOLUTION
# STARTER: @app.cosmos_db_trigger(
# STARTER:     arg_name="documents",
# STARTER:     connection="CosmosDbConnection",
# STARTER:     database_name="camp",
# STARTER:     container_name="messages",
# STARTER:     lease_container_name="leases",
# STARTER: )
# STARTER: def move(documents: func.DocumentList) -> None:
# STARTER:     for document in documents:
# STARTER:         target().create_item(to_document(dict(document)))
@app.cosmos_db_trigger(
    arg_name="documents",
    connection="CosmosDbConnection",
    database_name="camp",
    container_name="messages",
    lease_container_name="leases",
    start_from_beginning=True,  # the old messages too
)
@app.retry(strategy="fixed_delay", max_retry_count="-1", delay_interval="00:00:01")  # else a failed batch is skipped
def move(documents: func.DocumentList) -> None:
    for document in documents:
        message = {name: document[name] for name in FIELDS}
        target().upsert_item(to_document(message))  # delivered twice, stored once; an edit replaces what was there
    ### END SOLUTION
