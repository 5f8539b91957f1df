"""The slots of the Function App: what is deployed where, what happened to them, and the swap."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Option, Page
from .words import words

AZURE_URL = Option("--azure-url", "CAMP_AZURE_URL", "URL")


def _apis(connections: Connections) -> Sequence[Api]:
    from .api import DeploymentsApi
    from .client import AzureClient

    return [DeploymentsApi(connections.shared(AzureClient))]


PAGE = Page(
    name="deployments",
    path="deployments",
    title=lambda: _("Deployments"),
    service="azure",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
    options=(AZURE_URL,),
)
