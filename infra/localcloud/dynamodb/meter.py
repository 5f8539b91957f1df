"""A meter in front of DynamoDB: passes requests on to moto, and knows what each of them would cost on AWS.

moto's own capacity units are constants, so the meter looks at the items: it reads those that are written before and
after, and all that a query looked at. It answers `ReturnConsumedCapacity` with the right units, keeps a list of all
calls, and on request it throttles: a partition key that used up its units in a second is refused until the next.
"""

import asyncio
import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from localcloud.cosmos.physics.budgets import Budget
from localcloud.serving import Server

from .capacity import Table, Units
from .operations import MEASURED, Measure, Unmeasured
from .operations import keys_of as keys_of_request

PREFIX = "DynamoDB_20120810."
DROPPED = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "x-amz-crc32"})
MOST_BYTES = 17 * 2**20  # of a request: DynamoDB takes 16 MB
THROTTLED = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
UNMEASURED = "com.amazonaws.dynamodb.v20120810#ValidationException"
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
OURSELVES = {  # moto reads the region in it, and checks no signature
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request",
    "Content-Type": "application/x-amz-json-1.0",
}
MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
Answer = tuple[int, dict[str, Any], Mapping[str, str]]


@dataclass(frozen=True)
class Call:
    """One request of a client."""

    operation: str
    tables: Mapping[str, Units] = field(default_factory=dict)
    # Capacity units by partition key, as JSON text of its value; a scan's are of no key.
    keys: Mapping[str, float] = field(default_factory=dict)
    status: int = 200
    # The partition keys for which it was throttled, as in `keys`.
    throttled: tuple[str, ...] = ()

    @property
    def units(self) -> float:
        return sum(one.total for one in self.tables.values())

    @property
    def is_write(self) -> bool:
        return bool(self.tables) and self.operation not in READS


class Meter:
    """Serves on `url` once started, on `port` if it is free; `upstream` is where moto answers. `calls` holds what was
    asked, oldest first."""

    def __init__(self, upstream: str, *, clock: Callable[[], float] = time.time, port: int = 0) -> None:
        self.calls: list[Call] = []
        self.measuring = True  # else requests are counted, and cost nothing
        self._upstream = upstream.rstrip("/")
        self._clock = clock
        self._tables: dict[str, Table] = {}
        self._limit: float | None = None
        self._budgets: dict[str, Budget] = {}
        self._turn = asyncio.Lock()  # between the reads before and after a write, no other write may come
        self._stack = AsyncExitStack()
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = Server(app, port)
        self._session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return self._server.url

    async def start(self) -> None:
        self._session = await self._stack.enter_async_context(aiohttp.ClientSession())
        await self._server.start()
        self._stack.push_async_callback(self._server.stop)

    async def answer_on(self, listener: socket.socket) -> None:
        """Serves on another listening socket as well."""
        await self._server.answer_on(listener)

    async def stop(self) -> None:
        await self._stack.aclose()

    def limit(self, units: float | None) -> None:
        """From now on, no partition key gets more than so many units in a second; None: any number."""
        self._limit = units
        self._budgets.clear()

    def units_by_key(self, *, since: int = 0) -> Counter[str]:
        """What each partition key used, from the call with this number on."""
        used: Counter[str] = Counter()
        for call in self.calls[since:]:
            used.update(call.keys)
        return used

    async def tables(self) -> list[str]:
        """The names of all tables."""
        _status, body, _headers = await self.ask("ListTables", {}, OURSELVES)
        return list(body.get("TableNames", ()))

    async def ask(self, operation: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        """Asks moto, as the client with these headers."""
        sent = {
            **{name: value for name, value in headers.items() if name.lower() not in DROPPED},
            "X-Amz-Target": PREFIX + operation,
        }
        async with self._session.post(f"{self._upstream}/", data=json.dumps(body).encode(), headers=sent) as answer:
            return answer.status, await answer.json(content_type=None), answer.headers

    async def table(self, name: str, headers: Mapping[str, str]) -> Table | None:
        """The table of this name (or ARN), as it is known."""
        name = name.rpartition("/")[2]
        if name not in self._tables:
            status, body, _headers = await self.ask("DescribeTable", {"TableName": name}, headers)
            if status != 200:
                return None
            self._tables[name] = Table.described(body["Table"])
        return self._tables[name]

    async def _answer(self, request: web.Request) -> web.Response:
        target = request.headers.get("X-Amz-Target", "")
        data = await request.read()
        if request.method != "POST" or not target.startswith(PREFIX):
            return await self._passed_on(request, data)
        operation = target.removeprefix(PREFIX)
        try:
            body = json.loads(data)
        except ValueError:
            return await self._passed_on(request, data)
        if operation not in MEASURED or not isinstance(body, dict) or not self.measuring:
            if operation not in MEASURED:
                self._tables.clear()  # a table may be made, changed or deleted
            self.calls.append(Call(operation))
            return await self._passed_on(request, data)
        async with self._turn:
            try:
                keys = await keys_of_request(self, operation, body, request.headers)
            except MALFORMED:
                self.calls.append(Call(operation, status=400))
                return await self._passed_on(request, data)  # moto says what is wrong with it
            return await self._measured(operation, body, keys, request.headers)

    async def _measured(
        self, operation: str, body: dict[str, Any], keys: Mapping[str, float], headers: Mapping[str, str]
    ) -> web.Response:
        if waits := self._waits(keys):
            self.calls.append(Call(operation, status=400, throttled=tuple(waits)))
            words = "The level of configured provisioned throughput for the table was exceeded."
            return _error(THROTTLED, words, max(waits.values()))
        try:
            measure: Measure = await MEASURED[operation](self, operation, body, headers)
        except Unmeasured as error:
            self.calls.append(Call(operation, status=400))
            return _error(UNMEASURED, str(error))
        self._spend(measure.keys)
        self.calls.append(Call(operation, measure.tables, measure.keys, measure.status))
        answer = measure.answer
        if wanted := body.get("ReturnConsumedCapacity"):
            _tell(answer, measure.tables, wanted, several="Batch" in operation or "Transact" in operation)
        kept = {name: value for name, value in measure.headers.items() if name.lower().startswith("x-amzn")}
        return web.json_response(answer, status=measure.status, headers=kept, content_type="application/x-amz-json-1.0")

    async def _passed_on(self, request: web.Request, data: bytes) -> web.Response:
        """As it came, and its answer as that comes."""
        sent = {name: value for name, value in request.headers.items() if name.lower() not in DROPPED}
        async with self._session.request(
            request.method, self._upstream + request.path_qs, data=data, headers=sent, allow_redirects=False
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in DROPPED}
            kept.pop("Content-Encoding", None)
            return web.Response(body=await answer.read(), status=answer.status, headers=kept)

    def _waits(self, keys: Mapping[str, float]) -> dict[str, int]:
        """Milliseconds until each of these keys has units again; those that have some are left out."""
        if self._limit is None:
            return {}
        now, limit = self._clock(), self._limit
        waits = {key: self._budgets.setdefault(key, Budget(limit)).wait(now) for key in keys}
        return {key: wait for key, wait in waits.items() if wait}

    def _spend(self, keys: Mapping[str, float]) -> None:
        if self._limit is None:
            return
        now = self._clock()
        for key, units in keys.items():
            self._budgets.setdefault(key, Budget(self._limit)).spend(units, now)


def _tell(answer: dict[str, Any], tables: Mapping[str, Units], wanted: str, *, several: bool) -> None:
    """Puts the right units into an answer, in place of moto's."""
    answer.pop("ConsumedCapacity", None)
    if wanted not in ("TOTAL", "INDEXES") or not tables:
        return
    rows = [_row(name, units, wanted) for name, units in tables.items()]
    answer["ConsumedCapacity"] = rows if several else rows[0]


def _row(name: str, units: Units, wanted: str) -> dict[str, Any]:
    row: dict[str, Any] = {"TableName": name, "CapacityUnits": units.total}
    if wanted == "INDEXES":
        row["Table"] = {"CapacityUnits": units.table}
        if units.indexes:
            row["GlobalSecondaryIndexes"] = {index: {"CapacityUnits": value} for index, value in units.indexes.items()}
    return row


def _error(kind: str, message: str, wait: int | None = None) -> web.Response:
    headers = {"x-camp-retry-after-ms": str(wait)} if wait else {}
    return web.json_response(
        {"__type": kind, "message": message}, status=400, headers=headers, content_type="application/x-amz-json-1.0"
    )
