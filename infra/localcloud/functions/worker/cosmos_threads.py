"""One client of azure-cosmos 4.17.1 in several threads: the headers of the last response are each thread's own.

A request of the synchronous client writes into the headers of the response before it. If another thread reads those,
its query may end with "OrderedDict mutated during iteration". That is chance, and no fault of the app.
"""

import sys
import threading
from typing import Any

CLIENT = "azure.cosmos._cosmos_client_connection"
HEADERS, KEPT = "last_response_headers", "_camp_headers_of_threads"


class _OfEachThread:
    """An attribute that every thread sets for itself; before it has, it finds what was set ahead of `keep_apart`."""

    def __get__(self, owner: Any, kind: type) -> Any:
        return getattr(self._kept(owner), "value", vars(owner).get(HEADERS))

    def __set__(self, owner: Any, value: Any) -> None:
        self._kept(owner).value = value

    @staticmethod
    def _kept(owner: Any) -> threading.local:
        kept: threading.local = vars(owner).setdefault(KEPT, threading.local())
        return kept


def keep_apart() -> None:
    """For all clients of this process, if it has imported the package."""
    if module := sys.modules.get(CLIENT):
        module.CosmosClientConnection.last_response_headers = _OfEachThread()
