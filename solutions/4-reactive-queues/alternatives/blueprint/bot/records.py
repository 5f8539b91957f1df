"""What is known of each job, in the container "reports": one document with a history, patched under conditions."""

import time
from contextlib import suppress

from azure.cosmos.exceptions import CosmosAccessConditionFailedError, CosmosResourceExistsError

from bot.chat import container


def claim(job: dict, message_id: str) -> dict | None:
    """The job's record, if this message owns it now; None when it is another message's, or done."""
    id = job["correlation_id"]
    record = {"id": id, "topic": job["topic"], "owner": message_id, "done": False, "history": [event("claimed")]}
    with suppress(CosmosResourceExistsError):
        return container("reports").create_item(record)
    mine = f"FROM c WHERE c.done = false AND (c.owner = null OR c.owner = '{message_id}')"
    with suppress(CosmosAccessConditionFailedError):
        return note(id, "claimed", owner=message_id, filter_predicate=mine)
    return None


def note(id: str, what: str, filter_predicate: str | None = None, **values: object) -> dict:
    """Adds to the history, and sets the values; in one step, and only where the condition holds."""
    operations = [{"op": "set", "path": f"/{name}", "value": value} for name, value in values.items()]
    operations.append({"op": "add", "path": "/history/-", "value": event(what)})
    return container("reports").patch_item(
        id, partition_key=id, patch_operations=operations, filter_predicate=filter_predicate
    )


def last_error(record: dict) -> str:
    errors = [one["what"] for one in record["history"] if one["what"].startswith("failed: ")]
    return errors[-1].removeprefix("failed: ") if errors else "it was never tried"


def event(what: str) -> dict:
    return {"what": what, "at": time.time()}
