"""Runs one Cosmos-triggered function with a batch of documents."""

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError

from .cosmos_clients import cosmos_hub_of
from .cosmos_names import CosmosTarget
from .cosmos_sharing import Span
from .cosmos_value import key_text, value_of

if TYPE_CHECKING:
    from ..loading.index import FunctionInfo
    from .binding_host import BindingHost

MOST_NAMED = 50


class CosmosRun:
    """What the listener of `function` calls; `watched` is the container that the documents come from."""

    def __init__(self, host: "BindingHost", function: "FunctionInfo", watched: CosmosTarget) -> None:
        self._host = host
        self._function = function
        self._watched = watched

    async def handle(self, documents: list[dict[str, Any]], span: Span) -> bool:
        """Whether the function succeeded with this batch."""
        now = datetime.now(timezone.utc).isoformat()
        result = await self._host.invoke(
            self._function,
            {self._function.trigger["name"]: value_of(documents)},
            {},
            reason=f"New changes on container {self._watched.container} at {now}",
            details="",
            trace=self._trace(documents),
            data={},
            source={
                "database": self._watched.database,
                "container": self._watched.container,
                "range": str(span),
                "count": len(documents),
                "documents": await self._named(documents[:MOST_NAMED]),
            },
        )
        return result.ok

    def _trace(self, documents: list[dict[str, Any]]) -> str | None:
        """The trace that all of the batch belong to; None when they belong to several, or to none that is known."""
        hub = cosmos_hub_of(self._host)
        traces = {hub.trace_of(self._watched, one) for one in documents}
        return traces.pop() if len(traces) == 1 else None

    async def _named(self, documents: list[dict[str, Any]]) -> list[dict[str, str]]:
        hub = cosmos_hub_of(self._host)
        try:
            paths = await hub.key_paths(self._watched, await hub.container(self._watched))
        except AzureError:  # the key is only to show
            paths = ()
        return [
            {"id": str(one.get("id")), "etag": str(one.get("_etag")), "partition_key": key_text(one, paths)}
            for one in documents
        ]
