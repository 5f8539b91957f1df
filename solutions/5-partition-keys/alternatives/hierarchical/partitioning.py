"""Lab 5 with a hierarchical key whose first level is the channel and a bucket, the second the user."""

import hashlib

from azure.core import MatchConditions
from azure.cosmos.exceptions import CosmosHttpResponseError

CONTAINER = {"partition_key": ["/bucket", "/user"]}
BUCKETS = 8


def bucket(channel, id):
    return f"{channel}#{int.from_bytes(hashlib.blake2b(id.encode(), digest_size=4).digest(), 'big') % BUCKETS}"


def to_document(message):
    return message | {"bucket": bucket(message["channel"], message["id"])}


def channel_history(container, channel, start, end):
    """The first level alone is enough: a prefix key."""
    found = []
    for number in range(BUCKETS):
        query = "SELECT * FROM c WHERE c.channel = @c AND c.ts >= @s AND c.ts < @e"
        values = {"@c": channel, "@s": start, "@e": end}
        found.extend(
            container.query_items(
                query,
                parameters=[{"name": name, "value": value} for name, value in values.items()],
                partition_key=[f"{channel}#{number}"],
            )
        )
    found.sort(key=lambda one: one["ts"])
    return found


def user_messages(container, user, start, end):
    query = "SELECT * FROM c WHERE c.user = @u AND c.ts >= @s AND c.ts < @e ORDER BY c.ts"
    values = {"@u": user, "@s": start, "@e": end}
    return list(
        container.query_items(
            query,
            parameters=[{"name": name, "value": value} for name, value in values.items()],
            enable_cross_partition_query=True,
        )
    )


def predict(sample):
    return max({one["channel"] for one in sample}, key=lambda name: sum(one["channel"] == name for one in sample))


def count_up(counters, channel):
    """A condition on what was read; without a document, the condition that there is none."""
    while True:
        try:
            counter = next(
                iter(counters.query_items("SELECT * FROM c", partition_key=channel)), {"id": channel, "count": 0}
            )
            counter["count"] += 1
            if "_etag" not in counter:
                return counters.create_item(counter)["count"]
            options = {"etag": counter["_etag"], "match_condition": MatchConditions.IfNotModified}
            return counters.upsert_item(counter, **options)["count"]
        except CosmosHttpResponseError as error:
            if error.status_code not in (409, 412, 429):
                raise
