"""Indexing policies: what may be said in one, and how the service gives it back.

https://learn.microsoft.com/azure/cosmos-db/index-policy
"""

from collections.abc import Mapping
from typing import Any

from ..errors import bad_request
from .paths import pattern, plain

MODES = ("consistent", "lazy", "none")
ORDERS = ("ascending", "descending")
SPATIAL_TYPES = ("Point", "LineString", "Polygon", "MultiPolygon")
FEWEST_IN_COMPOSITE, MOST_IN_COMPOSITE = 2, 8
MOST_COMPOSITES = 100
ROOT = "/*"
ETAG = '/"_etag"/?'
EVERYTHING: dict[str, Any] = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": ROOT}],
    "excludedPaths": [{"path": ETAG}],
}
MANDATORY = (
    'The special mandatory indexing path "/" is not provided in any of the path type sets. Please provide this path '
    "in one of the sets."
)


def normalised(policy: Any) -> dict[str, Any]:
    """The policy as the service gives it back; CosmosError 400 for one that it refuses. None is the default policy."""
    if policy is None or policy == {}:
        return {**EVERYTHING}
    if not isinstance(policy, Mapping):
        raise bad_request("The indexing policy must be an object.")
    mode = _mode(policy.get("indexingMode", "consistent"))
    automatic = policy.get("automatic", True)
    if not isinstance(automatic, bool):
        raise bad_request("The indexing policy's automatic must be true or false.")
    if mode == "none":
        return _none(policy, automatic)
    found = {"indexingMode": mode, "automatic": automatic, **_paths(policy)}
    if composites := _composites(policy.get("compositeIndexes")):
        found["compositeIndexes"] = composites
    if spatial := _spatial(policy.get("spatialIndexes")):
        found["spatialIndexes"] = spatial
    return found


def _mode(given: Any) -> str:
    mode = given.lower() if isinstance(given, str) else given
    if mode not in MODES:
        raise bad_request(f"The indexing mode '{given}' is invalid: it must be consistent, lazy or none.")
    return str(mode)


def _none(policy: Mapping[str, Any], automatic: bool) -> dict[str, Any]:
    """Without an index there are no paths."""
    if automatic and policy.get("automatic") is True:
        raise bad_request("If automatic is true, then indexing mode cannot be None.")
    if _listed(policy, "includedPaths") or _listed(policy, "compositeIndexes"):
        raise bad_request("If indexing mode is None, then no paths may be included.")
    return {"indexingMode": "none", "automatic": False, "includedPaths": [], "excludedPaths": []}


def _paths(policy: Mapping[str, Any]) -> dict[str, Any]:
    included = [_entry(one) for one in _listed(policy, "includedPaths")]
    excluded = [_entry(one) for one in _listed(policy, "excludedPaths")]
    if "includedPaths" not in policy and not any(one["path"] == ROOT for one in excluded):
        included = [{"path": ROOT}]
    both = [pattern(one["path"]) for one in included + excluded]
    for number, one in enumerate(both):
        if one in both[:number]:
            path = (included + excluded)[number]["path"]
            raise bad_request(f"The indexing path '{path}' is specified more than once in the indexing policy.")
    if not any(one["path"] == ROOT for one in included + excluded):
        raise bad_request(MANDATORY)
    if not any(one["path"] == ETAG for one in excluded + included):
        excluded.append({"path": ETAG})
    return {"includedPaths": included, "excludedPaths": excluded}


def _entry(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise bad_request("Each indexing path must be an object with a path.")
    path = given.get("path")
    pattern(path)
    # Range and hash kinds with precisions are of before 2018: taken, and no longer given back.
    return {"path": ROOT if path == "/" else path}


def _listed(policy: Mapping[str, Any], name: str) -> list[Any]:
    given = policy.get(name)
    if given is None:
        return []
    if not isinstance(given, list):
        raise bad_request(f"The indexing policy's {name} must be an array.")
    return given


def _composites(given: Any) -> list[list[dict[str, str]]]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, list) for one in given):
        raise bad_request("The indexing policy's compositeIndexes must be an array of arrays.")
    if len(given) > MOST_COMPOSITES:
        raise bad_request(f"The indexing policy has more than the allowed {MOST_COMPOSITES} composite indexes.")
    return [_composite(one) for one in given]


def _composite(given: list[Any]) -> list[dict[str, str]]:
    if not FEWEST_IN_COMPOSITE <= len(given) <= MOST_IN_COMPOSITE:
        raise bad_request(
            f"The number of composite paths {len(given)} is invalid: a composite index has at least "
            f"{FEWEST_IN_COMPOSITE} and at most {MOST_IN_COMPOSITE} paths."
        )
    found = []
    for one in given:
        if not isinstance(one, Mapping):
            raise bad_request("Each path of a composite index must be an object with a path.")
        order = one.get("order", "ascending")
        if not isinstance(order, str) or order.lower() not in ORDERS:
            raise bad_request(f"The composite index order '{order}' is invalid: it must be ascending or descending.")
        plain(one.get("path"))
        found.append({"path": one["path"], "order": order.lower()})
    if len({plain(one["path"]) for one in found}) != len(found):
        raise bad_request("A composite index has the same path more than once.")
    return found


def _spatial(given: Any) -> list[dict[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise bad_request("The indexing policy's spatialIndexes must be an array of objects.")
    found = []
    for one in given:
        pattern(one.get("path"))
        types = one.get("types", list(SPATIAL_TYPES))
        if not isinstance(types, list) or not types or any(kind not in SPATIAL_TYPES for kind in types):
            raise bad_request(f"The spatial index's types must be among {', '.join(SPATIAL_TYPES)}.")
        found.append({"path": one["path"], "types": types})
    return found
