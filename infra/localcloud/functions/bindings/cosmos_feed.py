"""One container's change feed, read a page at a time for a range of partition keys."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .cosmos_options import Start
from .cosmos_sharing import Span

if TYPE_CHECKING:
    from azure.cosmos.aio import ContainerProxy


@dataclass(frozen=True)
class Page:
    """Documents that changed, oldest first, and where each range goes on: one, or several after a split."""

    documents: list[dict[str, Any]]
    positions: Sequence[tuple[Span, str | None]]


class ChangeFeed:
    """The feed of `container`, whose resource id is `rid`; without a token it begins at `start`.

    The library's own continuation token is opaque, holds the start of the feed with it and cannot be cut into ranges;
    a lease needs the service's token of one range. So the library's is made from that, and read back into it.
    """

    def __init__(self, container: "ContainerProxy", rid: str, start: Start, most: int | None) -> None:
        self._container = container
        self._rid = rid
        self._start = start
        self._most = most

    async def spans(self) -> list[Span]:
        """The ranges that the container has now, one a physical partition."""
        ranges = [one["Range"] async for one in self._container.read_feed_ranges(force_refresh=True)]
        return [Span(one["min"], one["max"]) for one in ranges]

    async def page(self, span: Span, token: str | None) -> Page:
        """The next page of a range after `token`; no documents when there is nothing new. Raises azure-core's errors,
        and ValueError when the container was made anew since."""
        headers: list[Any] = []
        where: dict[str, Any] = (
            {"feed_range": {"Range": _range(span)}, "start_time": self._start}
            if token is None
            else {"continuation": _continuation(self._rid, span, token)}
        )
        if self._most is not None:
            where["max_item_count"] = self._most
        pages = self._container.query_items_change_feed(
            **where, response_hook=lambda seen, _result: headers.append(seen)
        ).by_page()
        documents: list[dict[str, Any]] = []
        async for page in pages:
            documents = [dict(one) async for one in page]
            break
        # The library puts its token into the headers that the hook has seen.
        return Page(documents, _positions(headers[-1]["etag"]))


def _range(span: Span) -> dict[str, Any]:
    return {"min": span.min, "max": span.max, "isMinInclusive": True, "isMaxInclusive": False}


def _continuation(rid: str, span: Span, token: str) -> str:
    ranges = {"v": "v2", "rid": rid, "continuation": [{"token": token, "range": _range(span)}], "Range": _range(span)}
    state = {
        "v": "v2", "containerRid": rid, "mode": "LatestVersion", "startFrom": {"Type": "Beginning"},
        "continuation": ranges,
    }  # fmt: skip
    return base64.b64encode(json.dumps(state).encode()).decode()


def _positions(etag: str) -> list[tuple[Span, str | None]]:
    state = json.loads(base64.b64decode(etag))
    return [
        (Span(one["range"]["min"], one["range"]["max"]), one["token"]) for one in state["continuation"]["continuation"]
    ]
