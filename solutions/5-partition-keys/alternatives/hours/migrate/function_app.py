"""The move by the output binding: it upserts."""

import logging
import sys
from pathlib import Path

import azure.functions as func

sys.path.append(str(Path(__file__).resolve().parent.parent))
from partitioning import to_document

logging.getLogger("azure").setLevel(logging.WARNING)
app = func.FunctionApp()


@app.function_name("move")
@app.cosmos_db_trigger(
    "changes",
    "CosmosDbConnection",
    "camp",
    "messages",
    lease_container_name="leases",
    start_from_beginning=True,
    max_items_per_invocation=50,
)
@app.cosmos_db_output("moved", "CosmosDbConnection", "camp", "messages_by_key")
@app.retry(
    strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:01", maximum_interval="00:00:10"
)
def move(changes: func.DocumentList, moved: func.Out[func.DocumentList]) -> None:
    fresh = [
        to_document({name: change[name] for name in ("id", "channel", "user", "text", "ts")}) for change in changes
    ]
    moved.set(func.DocumentList([func.Document.from_dict(one) for one in fresh]))
