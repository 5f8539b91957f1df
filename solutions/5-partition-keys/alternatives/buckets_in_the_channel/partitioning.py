"""Lab 5 with an ordinary key: the channel and one of eight buckets."""

import zlib
from collections import Counter

from azure.core import MatchConditions
from azure.cosmos import exceptions

CONTAINER = {"partition_key": ["/pk"]}
BUCKETS = 8


def to_document(message):
    return {**message, "pk": f"{message['channel']}#{zlib.crc32(message['id'].encode()) % BUCKETS}"}


def channel_history(container, channel, start, end):
    found = []
    for bucket in range(BUCKETS):
        found += container.query_items(
            "SELECT c.id, c.channel, c.user, c.text, c.ts FROM c "
            "WHERE c.channel = @channel AND c.ts >= @start AND c.ts < @end",
            parameters=parameters(channel=channel, start=start, end=end),
            partition_key=f"{channel}#{bucket}",
        )
    return sorted(found, key=lambda message: message["ts"])


def user_messages(container, user, start, end):
    found = container.query_items(
        "SELECT * FROM c WHERE c.user = @user AND c.ts >= @start AND c.ts < @end",
        parameters=parameters(user=user, start=start, end=end),
        enable_cross_partition_query=True,
    )
    return sorted(found, key=lambda message: message["ts"])


def predict(sample):
    return Counter(message["channel"] for message in sample).most_common(1)[0][0]


def count_up(counters, channel):
    while True:
        try:
            counter = counters.read_item(channel, channel)
            counter["count"] += 1
            return counters.replace_item(
                counter, counter, etag=counter["_etag"], match_condition=MatchConditions.IfNotModified
            )["count"]
        except exceptions.CosmosAccessConditionFailedError:
            continue
        except exceptions.CosmosResourceNotFoundError:
            try:
                counters.create_item({"id": channel, "count": 0})
            except exceptions.CosmosResourceExistsError:
                continue


def parameters(**values):
    return [{"name": f"@{name}", "value": value} for name, value in values.items()]
