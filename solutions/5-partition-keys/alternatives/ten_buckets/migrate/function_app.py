"""The move with an asynchronous client: many documents at once."""

import asyncio
import logging
import os
import sys
from pathlib import Path

import azure.functions as func
from azure.cosmos.aio import CosmosClient

sys.path.append(str(Path(__file__).resolve().parent.parent))
from partitioning import to_document

logging.getLogger("azure").setLevel(logging.WARNING)
app = func.FunctionApp()
FIELDS = ("id", "channel", "user", "text", "ts")


@app.cosmos_db_trigger(
    arg_name="documents",
    connection="CosmosDbConnection",
    database_name="camp",
    container_name="messages",
    lease_container_name="leases",
    start_from_beginning=True,
)
@app.retry(strategy="fixed_delay", max_retry_count="100", delay_interval="00:00:01")
async def move(documents: func.DocumentList) -> None:
    async with CosmosClient.from_connection_string(os.environ["CosmosDbConnection"]) as client:
        target = client.get_database_client("camp").get_container_client("messages_by_key")
        gate = asyncio.Semaphore(8)

        async def put(document: func.Document) -> None:
            async with gate:
                await target.upsert_item(to_document({name: document[name] for name in FIELDS}))

        await asyncio.gather(*(put(document) for document in documents))
