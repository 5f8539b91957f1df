"""The requests that the SDK makes for one query: the fan-out over physical partitions that it hides."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

CHARGE, PARTITION = "x-ms-request-charge", "x-ms-documentdb-partitionkeyrangeid"
METRICS, INDEXES = "x-ms-documentdb-query-metrics", "x-ms-cosmos-index-utilization"
PLAN, QUERY = "x-ms-cosmos-is-query-plan-request", "x-ms-documentdb-isquery"
REFUSED = "x-ms-substatus", "1004"
ADDED = ("retrievedDocumentCount", "retrievedDocumentSize", "outputDocumentCount", "totalExecutionTimeInMs")
INDEX_LISTS = (
    "UtilizedSingleIndexes",
    "UtilizedCompositeIndexes",
    "PotentialSingleIndexes",
    "PotentialCompositeIndexes",
)
MOST = 500


class Requests:
    """Hears every answer (it is the SDK's `raw_response_hook`); tells those of the page that began last.

    The request for the query plan goes unheard: azure-cosmos 4.17 gives it no hook. The refusal that leads to it tells.
    """

    def __init__(self) -> None:
        self._heard: list[dict[str, Any]] = []
        self._metrics: dict[str, float] = {}
        self._indexes: dict[str, list[str]] = {}

    def begin(self) -> None:
        """Forgets what was heard for the pages before."""
        self._heard.clear()
        self._metrics.clear()

    def __call__(self, answer: Any) -> None:
        asked, got = answer.http_request.headers, answer.http_response
        kind = _kind(asked)
        if kind is None or len(self._heard) >= MOST:
            return
        headers = got.headers
        refused = got.status_code == 400 and headers.get(REFUSED[0]) == REFUSED[1]
        self._heard.append(
            {
                "kind": "gateway" if refused else kind,
                "partition": asked.get(PARTITION) or headers.get(PARTITION),
                "status": got.status_code,
                "charge": round(_number(headers.get(CHARGE)), 2),
                "rows": int(_number(headers.get("x-ms-item-count"))),
            }
        )
        for name, value in metrics_in(headers.get(METRICS, "")).items():
            self._metrics[name] = round(self._metrics.get(name, 0) + value, 2)
        for name, entries in indexes_in(headers.get(INDEXES, "")).items():
            known = self._indexes.setdefault(name, [])
            known.extend(one for one in entries if one not in known)

    def told(self) -> dict[str, Any]:
        """`requests` in order, `partitions` (each with requests, rows, charge, refused), `charge`, metrics, indexes."""
        partitions: dict[str, dict[str, Any]] = {}
        for one in self._heard:
            if one["kind"] == "query" and one["partition"] is not None:
                row = partitions.setdefault(
                    one["partition"],
                    {"partition": one["partition"], "requests": 0, "rows": 0, "charge": 0.0, "refused": 0},
                )
                row["requests"] += 1
                row["rows"] += one["rows"]
                row["charge"] = round(row["charge"] + one["charge"], 2)
                row["refused"] += one["status"] == 429
        return {
            "charge": round(sum(one["charge"] for one in self._heard), 2),
            "refused": sum(one["status"] == 429 for one in self._heard),
            "planned": any(one["kind"] != "query" for one in self._heard),
            "requests": list(self._heard),
            "partitions": sorted(partitions.values(), key=lambda row: (len(row["partition"]), row["partition"])),
            "metrics": dict(self._metrics),
            "indexes": dict(self._indexes),
        }


def _kind(headers: Mapping[str, str]) -> str | None:
    """A query, its plan, or (None) what the SDK reads besides."""
    if str(headers.get(PLAN, "")).lower() == "true":
        return "plan"
    return "query" if str(headers.get(QUERY, "")).lower() == "true" else None


def metrics_in(header: str) -> dict[str, float]:
    """The figures that can be added up, of `retrievedDocumentCount=100;outputDocumentCount=3;...`."""
    pairs = (part.split("=", 1) for part in header.split(";") if "=" in part)
    return {name: _number(value) for name, value in pairs if name in ADDED}


def indexes_in(header: str) -> dict[str, list[str]]:
    """The index metrics by list, each index as its path (several paths of a composite one); {} when there are none."""
    found = _decoded(header)
    lists = {name: found.get(name) for name in INDEX_LISTS}
    return {name: [_spec(one) for one in entries] for name, entries in lists.items() if isinstance(entries, list)}


def _decoded(header: str) -> Mapping[str, Any]:
    """Base64 of JSON, or JSON as a URL's part: the service has sent both."""
    try:
        text = base64.b64decode(header, validate=True).decode()
    except (binascii.Error, ValueError):
        text = unquote(header)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _spec(index: Any) -> str:
    if not isinstance(index, dict):
        return str(index)
    several = index.get("IndexSpecs") or index.get("IndexDocumentExpressions")
    if isinstance(several, list):
        return ", ".join(str(one) for one in several)
    return str(index.get("IndexSpec") or index.get("IndexDocumentExpression") or "?")


def _number(text: Any) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
