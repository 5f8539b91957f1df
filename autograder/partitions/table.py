"""DynamoDB of the open camp for a cell of the notebook: a resource of boto3 whose requests say what they cost."""

from typing import Any

from autograder import localcamp
from localcloud.aws.account import REGION, settings
from localcloud.messages import _

SERVICE = "dynamodb"
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
MEASURED = READS | {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}


class NoAccount(RuntimeError):
    """No account is open; the text says what to do, and a notebook shows it alone."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def dynamodb(endpoint: str | None = None) -> Any:
    """What `boto3.resource("dynamodb")` gives on AWS, on the account of the open camp, which is emptied. Each request
    on items prints its capacity units. NoAccount."""
    import boto3  # type: ignore[import-untyped]

    known = settings(endpoint or _open_account())
    resource: Any = boto3.resource(
        SERVICE, endpoint_url=endpoint or _open_account(), region_name=REGION,
        aws_access_key_id=known["AWS_ACCESS_KEY_ID"], aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    for table in list(resource.tables.all()):
        table.delete()
    events = resource.meta.client.meta.events
    for name in MEASURED:
        events.register(f"before-parameter-build.{SERVICE}.{name}", _ask_for_units)
        events.register(f"after-call.{SERVICE}.{name}", _print_units)
    return resource


def _open_account() -> str:
    entry = localcamp.ledger().entries().get(SERVICE)
    if entry is None or not entry.alive:
        raise NoAccount(_("No DynamoDB is open. Open the lab: camp up"))
    return entry.url


def _ask_for_units(params: dict[str, Any], **_event: Any) -> None:
    params.setdefault("ReturnConsumedCapacity", "TOTAL")


def _print_units(parsed: dict[str, Any], model: Any, **_event: Any) -> None:
    consumed = parsed.get("ConsumedCapacity") or []
    rows = consumed if isinstance(consumed, list) else [consumed]
    if rows:
        units = sum(float(one["CapacityUnits"]) for one in rows)
        kind = _("read units") if model.name in READS else _("write units")
        print(f"{model.name}: {units:g} {kind}")
