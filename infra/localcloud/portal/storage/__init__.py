"""Blobs and tables of the storage account."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Page
from .words import words


def _apis(connections: Connections) -> Sequence[Api]:
    from .account import Account
    from .api import StorageApi
    from .blobs import Blobs
    from .tables import Tables

    account = connections.shared(Account)
    return [StorageApi(Blobs(account), Tables(account))]


PAGE = Page(
    name="storage",
    path="storage",
    title=lambda: _("Storage"),
    service="storage",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
)
