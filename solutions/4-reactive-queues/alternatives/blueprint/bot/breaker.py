"""In trouble the engine is called so often in whatever span of a cool-down: a sliding window of the calls' times."""

import os
import time
from contextlib import suppress

from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from bot.chat import container

ID = "calls-of-the-engine"


def lets_through() -> bool:
    while True:
        breaker, now = look(), time.time()
        if not breaker["trouble"]:
            return True
        calls = [call for call in breaker["calls"] if call > now - cool_down()]
        if len(calls) >= int(os.environ["BREAKER_MAX_CALLS"]):
            return False
        if changed(breaker, calls=[*calls, now]):
            return True


def down() -> None:
    """What was called before the trouble was seen fills the window."""
    full = [time.time()] * int(os.environ["BREAKER_MAX_CALLS"])
    while not ((breaker := look())["trouble"] or changed(breaker, trouble=True, calls=full)):
        pass


def up() -> None:
    while (breaker := look())["trouble"] and not changed(breaker, trouble=False, calls=[]):
        pass


def look() -> dict:
    counters = container("counters")
    with suppress(CosmosResourceNotFoundError):
        return counters.read_item(ID, partition_key=ID)
    with suppress(CosmosResourceExistsError):
        counters.create_item({"id": ID, "trouble": False, "calls": [], "version": 0})
    return counters.read_item(ID, partition_key=ID)


def changed(breaker: dict, **values: object) -> bool:
    """Whether nobody else has changed it since it was read."""
    operations = [{"op": "set", "path": f"/{name}", "value": value} for name, value in values.items()]
    operations.append({"op": "incr", "path": "/version", "value": 1})
    unchanged = f"FROM c WHERE c.version = {breaker['version']}"
    with suppress(CosmosAccessConditionFailedError):
        container("counters").patch_item(
            ID, partition_key=ID, patch_operations=operations, filter_predicate=unchanged, no_response=True
        )
        return True
    return False


def cool_down() -> float:
    return float(os.environ["BREAKER_COOLDOWN_SECONDS"])
