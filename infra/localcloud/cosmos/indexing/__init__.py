"""Indexing policies and index terms."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import bad_request

EVERYTHING: dict[str, Any] = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": '/"_etag"/?'}],
}


def normalised(policy: Any) -> dict[str, Any]:
    """The policy as the service gives it back; CosmosError 400 for one that it refuses. None is the default policy."""
    if policy is None or policy == {}:
        return dict(EVERYTHING)
    if not isinstance(policy, Mapping):
        raise bad_request("The indexing policy must be an object.")
    return {**EVERYTHING, **policy}


def terms(policy: Mapping[str, Any], document: Mapping[str, Any]) -> Iterable[tuple[int, bytes]]:
    """The index entries of a document: (path number, encoded value)."""
    return ()
