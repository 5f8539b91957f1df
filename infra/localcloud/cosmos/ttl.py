"""Time to live: when an item expires. `defaultTtl` of its container switches it on; its own `ttl` goes over that."""

from typing import Any

import orjson

from .container import Container
from .errors import CosmosError, bad_request

LONGEST_TTL = 2_147_483_647


def check(value: Any, name: str) -> None:
    """CosmosError 400 unless `value` is -1 or positive."""
    if isinstance(value, bool) or not isinstance(value, int) or not (value == -1 or 0 < value <= LONGEST_TTL):
        shown = orjson.dumps(value).decode()
        raise bad_request(f"The input {name} '{shown:.40}' is invalid. Ensure to provide a nonzero positive integer "
                          "less than or equal to '2147483647', or '-1' which means never expire.")  # fmt: skip


def expiry(container: Container, document: dict[str, Any], ts: int) -> int | None:
    """When an item written at `ts` expires, None for never; CosmosError 400 for a wrong `ttl`."""
    if container.default_ttl is None:
        return None
    seconds = document.get("ttl", container.default_ttl)
    check(seconds, "ttl")
    return None if seconds == -1 else ts + int(seconds)


def expiry_of(container: Container, document: dict[str, Any]) -> int | None:
    """When a stored document expires by the container's present `defaultTtl`; a wrong `ttl` in it counts as none."""
    try:
        return expiry(container, document, document["_ts"])
    except CosmosError:
        return expiry(container, {}, document["_ts"])
