"""The report engine: its calls over time, whether it is up, and its switch."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Option, Page
from .words import words

ENGINE_URL = Option("--engine-url", "REPORT_ENGINE_URL", "URL")


def _apis(connections: Connections) -> Sequence[Api]:
    from .api import EngineApi
    from .client import EngineClient

    return [EngineApi(connections.shared(EngineClient))]


PAGE = Page(
    name="engine",
    path="engine",
    title=lambda: _("Report engine"),
    service="engine",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
    options=(ENGINE_URL,),
)
