"""Faults: what may go wrong in workers, queues and other services, on request."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Page
from .words import words


def _apis(connections: Connections) -> Sequence[Api]:
    from .api import AllFaultsApi
    from .sources import sources

    return [AllFaultsApi(sources(connections))]


PAGE = Page(
    name="faults",
    path="faults",
    title=lambda: _("Faults"),
    service="functions",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
)
