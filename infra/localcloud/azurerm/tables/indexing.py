"""The block `indexing_policy` of a container, and the policy that the service makes of it."""

from typing import Any

from ..schema import Block, text
from ..values import Values

ETAG = {'/"_etag"/?', "/_etag/?"}  # the service excludes it by itself
CHOSEN: Values = {  # by the service, where none is given
    "indexing_mode": "consistent",
    "included_path": [{"path": "/*"}],
    "excluded_path": [],
    "composite_index": [],
}


def _path() -> Any:
    return text("required", at="path")


BLOCK = Block(
    {"indexing_mode": text("optional computed", at="indexingMode")},
    {
        "included_path": Block({"path": _path()}, nesting="list", at="includedPaths"),
        "excluded_path": Block({"path": _path()}, nesting="list", at="excludedPaths"),
        "composite_index": Block(
            {},
            {
                "index": Block(
                    {
                        "path": _path(),
                        "order": text("required", at="order", choices=("Ascending", "Descending")),
                    },
                    least=1,
                )
            },
        ),
    },
    refused={"spatial_index": Block({"path": text("required")})},
    most=1,
)


def to_service(block: Values) -> Values:
    """A block `indexing_policy` as the service writes it."""
    mode = block.get("indexing_mode")
    return {
        "indexingMode": str(mode).lower() if isinstance(mode, str) else "consistent",
        "automatic": True,
        "includedPaths": [{"path": one["path"]} for one in block["included_path"]],
        "excludedPaths": [{"path": one["path"]} for one in block["excluded_path"]],
        "compositeIndexes": [
            [{"path": path["path"], "order": path["order"].lower()} for path in one["index"]]
            for one in block["composite_index"]
        ],
    }


def from_service(policy: Values) -> Values:
    """What the service has written, as the block."""
    return {
        "indexing_mode": str(policy.get("indexingMode", "consistent")).lower(),
        "included_path": [{"path": one["path"]} for one in policy.get("includedPaths", [])],
        "excluded_path": [{"path": one["path"]} for one in policy.get("excludedPaths", [])],
        "composite_index": [
            {"index": [{"path": path["path"], "order": path["order"].title()} for path in one]}
            for one in policy.get("compositeIndexes", [])
        ],
    }


def covers(actual: Values, written: Values) -> bool:
    """Whether the service's policy has all that was written."""
    automatic = ETAG | {"/*"}
    for kind in ("included_path", "excluded_path"):
        there = {one["path"] for one in actual[kind]}
        asked = {one["path"] for one in written[kind]}
        if asked - there or there - asked - automatic:
            return False
    composite = [
        [(one["path"], one["order"].title()) for one in index["index"]] for index in written["composite_index"]
    ]
    now = [[(one["path"], one["order"]) for one in index["index"]] for index in actual["composite_index"]]
    mode = written.get("indexing_mode")
    return sorted(composite) == sorted(now) and (not mode or str(mode).lower() == actual["indexing_mode"])
