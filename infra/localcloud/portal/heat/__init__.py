"""The heat map: what every physical partition of a container uses of its budget, second by second."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Page
from .words import words


def _apis(connections: Connections) -> Sequence[Api]:
    from ..data.physics import Physics
    from .api import HeatApi

    return [HeatApi(connections.shared(Physics))]


PAGE = Page(
    name="heat",
    path="heat",
    title=lambda: _("Heat map"),
    service="cosmos",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
)
