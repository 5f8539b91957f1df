"""One request and its answer, free of any HTTP library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import orjson

from .errors import CosmosError, bad_request

MOST_NESTING = 128
MANY_BRACKETS = MOST_NESTING
LONGEST_FEED = 1000  # items of a page


@dataclass(slots=True)
class Request:
    """A request: `path` as it was sent (percent-encoded, no query), `headers` looked up whatever their case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""
    scheme: str = "http"
    segments: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        stripped = self.path.strip("/")
        parts = stripped.split("/") if stripped else []
        self.segments = [unquote(part) for part in parts] if "%" in stripped else parts

    def flag(self, name: str) -> bool:
        """Whether a header says yes: `True` and `true` are both sent (cosmos-wire.md section 0)."""
        return self.headers.get(name, "").lower() == "true"

    def json(self) -> Any:
        """The body's JSON value; CosmosError 400 when it is none, or nested too deeply."""
        return parsed(self.body)

    def object(self) -> dict[str, Any]:
        """The body's JSON object; CosmosError 400 when it is anything else."""
        value = self.json()
        if not isinstance(value, dict):
            raise bad_request("The request content is invalid. Please check its format and try again.")
        return value


def page_size(request: Request, most: int = LONGEST_FEED) -> int:
    """`x-ms-max-item-count`; -1 and nothing are the most."""
    text = request.headers.get("x-ms-max-item-count", "-1")
    try:
        wanted = int(text)
    except ValueError:
        raise bad_request(
            f"The value '{text[:40]}' specified for the header 'x-ms-max-item-count' is invalid."
        ) from None
    return min(wanted, most) if wanted > 0 else most


def parsed(body: bytes, depth: int = MOST_NESTING) -> Any:
    """The JSON value in `body`, at most `depth` brackets deep; CosmosError 400 else."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request("The input content is invalid because the required properties - 'id; ' - are missing, or "
                          "the JSON is malformed.") from error  # fmt: skip
    if body.count(b"{") + body.count(b"[") > MANY_BRACKETS and deeper(value, depth):
        raise bad_request(f"The input JSON is nested deeper than the allowed {depth} levels.")
    return value


def deeper(value: Any, depth: int) -> bool:
    """Whether `value` has more than `depth` levels of objects and arrays."""
    level = [value]
    for _number in range(depth):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)


@dataclass(slots=True)
class Response:
    """A status, a finished body and headers of its own (the usual ones are added by the server)."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of(value: Any, status: int = 200, **headers: str) -> "Response":
        """`value` as JSON; underscores in header names stand for hyphens."""
        return Response(status, orjson.dumps(value), {name.replace("_", "-"): text for name, text in headers.items()})

    @staticmethod
    def error(error: CosmosError) -> "Response":
        headers = dict(error.headers)
        if error.substatus:
            headers["x-ms-substatus"] = str(error.substatus)
        return Response(error.status, error.body, headers)
