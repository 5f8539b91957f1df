"""The Data Explorer: databases, containers, documents, queries and throughput of Cosmos DB."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Page
from .words import words


def _apis(connections: Connections) -> Sequence[Api]:
    from .account import CosmosAccount
    from .api import DataApi
    from .databases import Databases
    from .physics import Physics
    from .scale_api import ScaleApi

    account = connections.shared(CosmosAccount)
    return [DataApi(account), ScaleApi(Databases(account), connections.shared(Physics))]


PAGE = Page(
    name="data",
    path="data",
    title=lambda: _("Data"),
    service="cosmos",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
)
