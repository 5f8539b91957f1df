"""`Question`: what a query request asks, understood and compiled."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import orjson

from .. import sql
from ..errors import CosmosError, bad_request, said
from ..sql.syntax import Name, Query
from . import token
from .computed import Computed, as_bad_request

if TYPE_CHECKING:
    from ..container import Container
    from ..exchange import Request

ROWS_OF_A_PAGE = 100  # without x-ms-max-item-count
UNLIMITED = 1 << 31
SECONDS_AT_ONCE = 2.0  # for one document's rows: joins may multiply
Watch = Callable[[], None]


class Patience:
    """Ends a query whose work between two turns of the loop takes too long."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._since = time.perf_counter()

    def watch(self) -> None:
        """CosmosError 408."""
        if time.perf_counter() - self._since > SECONDS_AT_ONCE:
            raise CosmosError(408, None, said("The request timed out: one item makes too many rows of this query."))


@dataclass
class Question:
    """A compiled query, the size of its page, where the last page ended (once `go_on` has read it), and what tokens of
    it are known by."""

    text: str
    parameters: dict[str, Any]
    original: Query
    program: sql.Program
    computed: Computed
    most: int
    fingerprint: int
    continuation: str | None
    scan: bool
    patience: Patience
    now: float  # epoch seconds; decides what has expired
    seconds: float  # that it took to understand the query
    position: token.Token | None = None

    def go_on(self) -> None:
        """Reads where the last page ended; CosmosError 400 for a continuation that is none of this query."""
        self.position = token.read(self.continuation, self.fingerprint) if self.continuation else None

    @property
    def at(self) -> datetime:
        """What the query's functions take for the time."""
        return datetime.fromtimestamp(self.now, timezone.utc)

    @property
    def query(self) -> Query:
        return self.program.query

    @property
    def bodies(self) -> bool:
        """Whether the rows are the documents as they are stored."""
        query = self.query
        if len(query.sources) != 1 or query.sources[0].iterated or not isinstance(query.sources[0].target, Name):
            return False
        whole = query.star or (query.value and query.items[0].value == Name(query.sources[0].alias or ""))
        return whole and not self.computed

    def loads(self, body: bytes) -> dict[str, Any]:
        """A document for the program."""
        document: dict[str, Any] = orjson.loads(body)
        return self.computed.added(document) if self.computed else document

    def dumps(self, row: Any) -> bytes:
        """A row of the program."""
        return orjson.dumps(self.computed.shown(row) if self.computed else row)


def ask(container: "Container", request: "Request", now: float) -> Question:
    """CosmosError 400 for a body that is no query, or a query that is refused."""
    started = time.perf_counter()
    text, parameters = body_of(request)
    at = datetime.fromtimestamp(now, timezone.utc)
    patience = Patience()
    try:
        original = sql.parse(text)
        computed = Computed(container.definition.get("computedProperties") or (), original, at)
        program = sql.compile(computed.query, parameters, at, patience.watch)
    except sql.SqlError as error:
        raise as_bad_request(error) from error
    known = token.fingerprint(container.rid, sql.known_by(original, text), parameters)
    return Question(
        text, parameters, original, program, computed, _most(request), known,
        request.headers.get("x-ms-continuation"), request.flag("x-ms-documentdb-query-enable-scan"), patience,
        now, time.perf_counter() - started,
    )  # fmt: skip


def body_of(request: "Request") -> tuple[str, dict[str, Any]]:
    """The query's text and its parameters; CosmosError 400."""
    body = request.object()
    text = body.get("query")
    if not isinstance(text, str):
        raise bad_request("The input content is invalid because the required properties - 'query; ' - are missing.")
    given = body.get("parameters") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise bad_request("The query's parameters must be an array of objects with name and value.")
    named: set[str] = set()
    parameters = {}
    for one in given:
        name = one.get("name")
        if not isinstance(name, str) or not name.startswith("@") or len(name) == 1:
            raise bad_request("Parameter names should be in the format of symbol '@' followed by a valid identifier")
        if name in named:
            raise bad_request("Specified duplicate parameter name")
        named.add(name)
        if "value" in one:  # else it is undefined, as one that is not given at all
            parameters[name] = one["value"]
    return text, parameters


def _most(request: "Request") -> int:
    text = request.headers.get("x-ms-max-item-count", str(ROWS_OF_A_PAGE))
    try:
        wanted = int(text)
    except ValueError:
        raise bad_request(
            f"The value '{text[:40]}' specified for the header 'x-ms-max-item-count' is invalid."
        ) from None
    return min(wanted, UNLIMITED) if wanted > 0 else UNLIMITED
