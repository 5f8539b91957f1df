"""Batches: all operations of one partition key, or none; and bulk, each operation for itself.

Both are an array of operations in one request (cosmos-wire.md section 8). A bulk request is of a physical partition:
its operations name their keys, and one that fails leaves the others as they are.
"""

from collections.abc import Callable
from typing import Any

import orjson

from . import items, names, patching, writing
from .account import Account
from .container import Container
from .errors import CosmosError, bad_request, not_found, said, too_large
from .exchange import MOST_NESTING, Request, Response, parsed
from .partition_key import Key, as_text, from_header, mismatch
from .physics import charges
from .physics.partitions import Partition
from .scoping import named_partition
from .writing import Change, Wanted

MOST_OPERATIONS, MOST_BYTES = 100, 2 * 1024 * 1024
DEPENDENT = {"statusCode": 424, "requestCharge": 0}
OUTER_LEVELS = 3  # array, operation, resourceBody
ATOMIC, CONTINUE = "x-ms-cosmos-batch-atomic", "x-ms-cosmos-batch-continue-on-error"


class Batch:
    """The operations of one request, one after the other in the open transaction."""

    def __init__(self, account: Account, container: Container, key: Key) -> None:
        self._account = account
        self._container = container
        self._key = key
        self.charge = 0.0

    def run(self, operation: Any) -> dict[str, Any]:
        """Does one operation and tells its result; CosmosError when it cannot."""
        if not isinstance(operation, dict):
            raise bad_request("A batch operation must be an object.")
        name = operation.get("operationType")
        if name == "Read":
            return self._read(names.item_id(operation.get("id")))
        prepare = WRITES.get(name) if isinstance(name, str) else None
        if prepare is None:
            raise bad_request(f"The batch operation '{name!s:.40}' is unknown.")
        change = prepare(self, operation, _wanted(operation))
        writing.apply(self._container, change)
        self.charge += change.charge
        result: dict[str, Any] = {"statusCode": change.status, "requestCharge": change.charge}
        if change.after:
            result["eTag"] = change.etag
            if operation.get("minimalReturnPreference") is not True:
                result["resourceBody"] = orjson.Fragment(change.after.body)
        return result

    def _read(self, item: str) -> dict[str, Any]:
        epk = self._container.key.epk(self._key)
        body = self._container.body_of(epk, item, self._account.clock())
        if body is None:
            raise not_found()
        charge = charges.read(len(body))
        self.charge += charge
        return {
            "statusCode": 200,
            "requestCharge": charge,
            "eTag": writing.etag_of(body),
            "resourceBody": orjson.Fragment(body),
        }

    def create(self, operation: dict[str, Any], wanted: Wanted) -> Change:
        return writing.put(self._account, self._container, self._key, _body(operation), "create", wanted)

    def upsert(self, operation: dict[str, Any], wanted: Wanted) -> Change:
        return writing.put(self._account, self._container, self._key, _body(operation), "upsert", wanted)

    def replace(self, operation: dict[str, Any], wanted: Wanted) -> Change:
        item = names.item_id(operation.get("id"))
        return writing.replace(self._account, self._container, self._key, item, _body(operation), wanted)

    def delete(self, operation: dict[str, Any], wanted: Wanted) -> Change:
        item = names.item_id(operation.get("id"))
        return writing.delete(self._account, self._container, self._key, item, wanted)

    def patch(self, operation: dict[str, Any], wanted: Wanted) -> Change:
        item = names.item_id(operation.get("id"))
        body = patching.patch_of(operation.get("resourceBody"))
        return patching.prepare(self._account, self._container, self._key, item, body, wanted)


WRITES: dict[str, Callable[[Batch, dict[str, Any], Wanted], Change]] = {
    "Create": Batch.create,
    "Upsert": Batch.upsert,
    "Replace": Batch.replace,
    "Delete": Batch.delete,
    "Patch": Batch.patch,
}


def _body(operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("resourceBody")
    if not isinstance(body, dict):
        raise bad_request("The batch operation has no resourceBody.")
    return body


def _wanted(operation: dict[str, Any]) -> Wanted:
    given = operation.get("ifMatch"), operation.get("ifNoneMatch")
    if not all(one is None or isinstance(one, str) for one in given):
        raise bad_request("ifMatch and ifNoneMatch must be strings.")
    return Wanted(*given)


def operations_of(request: Request) -> list[Any]:
    """CosmosError 413 for a body that is too large, 400 for anything but 1 to 100 operations."""
    if len(request.body) > MOST_BYTES:
        raise too_large()
    operations = parsed(request.body, MOST_NESTING + OUTER_LEVELS)
    if not isinstance(operations, list) or not operations:
        raise bad_request("A batch must be an array of operations.")
    if len(operations) > MOST_OPERATIONS:
        raise bad_request(f"Batch request has more operations than what is supported: {MOST_OPERATIONS}.")
    return operations


async def run(account: Account, request: Request) -> Response:
    """A batch, or a bulk request."""
    if request.headers.get(ATOMIC, "true").lower() == "false":
        return await _bulk(account, request)
    return await _transaction(account, request)


async def _transaction(account: Account, request: Request) -> Response:
    """200 with a result for each operation, or 207 when one failed: the others are 424 then, and nothing is changed."""
    container = items.container_of(account, request)
    key = items.key_of(container, request)
    operations = operations_of(request)
    epk = container.key.epk(key)
    partition = account.physics.partition_of(container, epk)
    batch = Batch(account, container, key)
    committed = account.store.begin()
    results: list[dict[str, Any]] = []
    failed = False
    with account.store.savepoint() as savepoint:
        for number, operation in enumerate(operations):
            try:
                results.append(batch.run(operation))
            except CosmosError as error:
                results = _failed(error, number, len(operations))
                savepoint.undo()
                failed = True
                break
        charge = charges.batch([batch.charge])
        account.physics.spend(container, partition, request.headers.get(items.KEY_HEADER), charge)
    headers = items.data_headers(container, partition.id, charge)
    await committed
    return Response(207 if failed else 200, orjson.dumps(results), headers)


def _failed(error: CosmosError, number: int, count: int) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = [{**DEPENDENT} for _operation in range(count)]
    results[number] = _refusal(error)
    return results


def _refusal(error: CosmosError) -> dict[str, Any]:
    """The result of an operation that failed."""
    result: dict[str, Any] = {"statusCode": error.status, "requestCharge": 0}
    if error.substatus:
        result["subStatusCode"] = result["substatusCode"] = error.substatus
    if wait := error.headers.get("x-ms-retry-after-ms"):
        result["retryAfterMilliseconds"] = int(wait)
    return result


async def _bulk(account: Account, request: Request) -> Response:
    """200 with a result for each operation, or 207 when one failed; the rest is done all the same, unless the request
    says that it shall not be."""
    container = items.container_of(account, request)
    partition = named_partition(container, request)
    operations = operations_of(request)
    goes_on = request.headers.get(CONTINUE, "true").lower() != "false"
    committed = account.store.begin()
    results: list[dict[str, Any]] = []
    charge, failed = 0.0, False
    for operation in operations:
        if failed and not goes_on:
            results.append({**DEPENDENT})
            continue
        try:
            results.append(_alone(account, container, partition, operation))
            charge += results[-1]["requestCharge"]
        except CosmosError as error:
            results.append(_refusal(error))
            failed = True
    headers = items.data_headers(container, partition.id, charges.batch([charge]))
    await committed
    return Response(207 if failed else 200, orjson.dumps(results), headers)


def _alone(account: Account, container: Container, partition: Partition, operation: Any) -> dict[str, Any]:
    """The result of one operation that is none of a transaction; a CosmosError leaves everything as it was."""
    key = _key_of(container, operation)
    if not partition.low <= container.key.epk(key) < partition.high:
        raise CosmosError(410, None, said("The operation's partition key lies in another physical partition."), 1002)
    with account.store.savepoint():
        batch = Batch(account, container, key)
        result = batch.run(operation)
        account.physics.spend(container, partition, as_text(key), batch.charge)
    return result


def _key_of(container: Container, operation: Any) -> Key:
    """The full key that an operation names: JSON in a string, as in a header, or the array itself."""
    given = operation.get("partitionKey") if isinstance(operation, dict) else None
    text = given if isinstance(given, str) else orjson.dumps(given).decode()
    key = from_header(text, len(container.key.paths))
    if len(key) != len(container.key.paths):
        raise mismatch()
    return key
