"""Objects of SDKs that are made for a call: what they lead to is data, and they lead nowhere else.

A client is made once for each account and kept, as an app would.
"""

import importlib
from functools import lru_cache
from typing import Any

MOST_CLIENTS = 16


def made(facts: dict[str, Any]) -> Any:
    """A container of Cosmos DB, a DynamoDB resource, or one of its tables."""
    match facts["kind"]:
        case "container":
            return _container(facts["url"], facts["key"], facts["database"], facts["name"])
        case "dynamodb":
            return _dynamodb(facts["url"])
        case "table":
            return _dynamodb(facts["url"]).Table(facts["name"])
    raise ValueError(f"no object of the kind {facts['kind']}")


@lru_cache(MOST_CLIENTS)
def _container(url: str, key: str, database: str, name: str) -> Any:
    return _cosmos(url, key).get_database_client(database).get_container_client(name)


@lru_cache(MOST_CLIENTS)
def _cosmos(url: str, key: str) -> Any:
    from azure.cosmos import CosmosClient

    importlib.import_module("camp_worker.cosmos_threads").keep_apart()
    return CosmosClient(url, key)


@lru_cache(MOST_CLIENTS)
def _dynamodb(url: str) -> Any:
    import boto3  # type: ignore[import-untyped]

    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return boto3.resource("dynamodb", endpoint_url=url, region_name="us-east-1", **keys)
