"""Lab 5: where a message lies, so that no partition glows and both questions stay cheap.

A message is a dict of five strings: id ("<channel>:<ts>"), channel, user, text, ts.
"""

### BEGIN SOLUTION
# STARTER: from typing import Any
# STARTER:
# STARTER: from azure.cosmos import ContainerProxy
# STARTER:
# STARTER: CONTAINER = {"partition_key": ["/channel"]}
import hashlib
from collections import Counter
from typing import Any

from azure.core import MatchConditions
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

# The channel cannot be the first level: the loud one would be one partition again. A shard can, and it is in the key of
# both questions: a channel's hour lies in BUCKETS pairs of shard and channel, a user's day in BUCKETS shards.
CONTAINER = {"partition_key": ["/shard", "/channel"]}
BUCKETS = 8
HISTORY = "SELECT * FROM c WHERE c.channel = @channel AND c.ts >= @start AND c.ts < @end"
BY_USER = "SELECT * FROM c WHERE c.user = @user AND c.ts >= @start AND c.ts < @end"
### END SOLUTION


def to_document(message: dict[str, str]) -> dict[str, Any]:
    """The document that is stored for a message: its five fields, and every field of the key."""
    ### BEGIN SOLUTION
    # STARTER: return dict(message)
    return {**message, "shard": shard_of(message["id"])}
    ### END SOLUTION


def channel_history(container: ContainerProxy, channel: str, start: str, end: str) -> list[dict[str, Any]]:
    """The channel's messages from `start` (in) to `end` (out), oldest first."""
    ### BEGIN SOLUTION
    # STARTER: raise NotImplementedError  # which partitions must be asked, and which need not?
    parameters = named(channel=channel, start=start, end=end)

    def ask(shard: int) -> list[dict[str, Any]]:
        return list(container.query_items(HISTORY, parameters=parameters, partition_key=[shard, channel]))

    return in_order(everywhere(ask))
    ### END SOLUTION


def user_messages(container: ContainerProxy, user: str, start: str, end: str) -> list[dict[str, Any]]:
    """What a user said in all channels from `start` (in) to `end` (out), oldest first."""
    ### BEGIN SOLUTION
    # STARTER: raise NotImplementedError  # the index finds a user's messages; do not read all the others
    parameters = named(user=user, start=start, end=end)

    def ask(shard: int) -> list[dict[str, Any]]:
        return list(container.query_items(BY_USER, parameters=parameters, partition_key=[shard]))

    return in_order(everywhere(ask))
    ### END SOLUTION


def predict(sample: list[dict[str, str]]) -> str:
    """The channel whose key would use the most request units if the messages were stored under /channel."""
    ### BEGIN SOLUTION
    # STARTER: return sample[0]["channel"]
    return Counter(message["channel"] for message in sample).most_common(1)[0][0]
    ### END SOLUTION


def count_up(counters: ContainerProxy, channel: str) -> int:
    """Adds one to {"id": channel, "count": n}, makes it if it is missing, and returns the new count."""
    ### BEGIN SOLUTION
    # STARTER: try:
    # STARTER:     counter = counters.read_item(channel, partition_key=channel)
    # STARTER: except Exception:
    # STARTER:     counter = {"id": channel, "count": 0}
    # STARTER: counter["count"] += 1
    # STARTER: counters.upsert_item(counter)
    # STARTER: return counter["count"]
    while True:
        try:
            counter = counters.read_item(channel, partition_key=channel)
        except CosmosResourceNotFoundError:
            try:
                return counters.create_item({"id": channel, "count": 1})["count"]
            except CosmosResourceExistsError:
                continue  # somebody else made it: read theirs
        counter["count"] += 1
        try:
            counters.replace_item(
                channel, counter, etag=counter["_etag"], match_condition=MatchConditions.IfNotModified
            )
        except CosmosAccessConditionFailedError:
            continue  # somebody else was faster
        return counter["count"]
    ### END SOLUTION


### BEGIN SOLUTION
def shard_of(id: str) -> int:
    """The same in every process: Python's own hash() is not."""
    return int(hashlib.md5(id.encode()).hexdigest(), 16) % BUCKETS


def named(**values: str) -> list[dict[str, object]]:
    """Values beside the query, never in its text."""
    return [{"name": f"@{name}", "value": value} for name, value in values.items()]


def everywhere(ask: Any) -> list[dict[str, Any]]:
    """The answers of all shards."""
    return [message for shard in range(BUCKETS) for message in ask(shard)]


def in_order(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(messages, key=lambda message: message["ts"])


### END SOLUTION
