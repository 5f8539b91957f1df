"""Transactional batch: all operations of one partition key, or none (cosmos-wire.md section 8)."""

from collections.abc import Callable
from typing import Any

import orjson

from . import items, names, patching, writing
from .account import Account
from .container import Container
from .errors import CosmosError, bad_request, not_found, too_large
from .exchange import MOST_NESTING, Answer, Request, parsed
from .partition_key import Key
from .physics import charges
from .writing import Change, Wanted

MOST_OPERATIONS, MOST_BYTES = 100, 2 * 1024 * 1024
OUTER_LEVELS = 3  # array, operation, resourceBody


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
            result |= {"eTag": change.etag, "resourceBody": orjson.Fragment(change.after.body)}
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
        return patching.prepare(self._account, self._container, self._key, item, _body(operation), wanted)


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


async def run(account: Account, request: Request) -> Answer:
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
    return Answer(207 if failed else 200, orjson.dumps(results), headers)


def _failed(error: CosmosError, number: int, count: int) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = [{"statusCode": 424, "requestCharge": 0} for _operation in range(count)]
    results[number]["statusCode"] = error.status
    if error.substatus:
        results[number]["substatusCode"] = error.substatus
    return results
