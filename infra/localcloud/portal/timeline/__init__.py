"""The timeline: one message followed by its trace id through every service, and drawn as lanes over time."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..functions import HOST_URL
from ..page import Api, Connections, Page
from .words import words


def _apis(connections: Connections) -> Sequence[Api]:
    from ..chat.workspace import CampWorkspace
    from ..engine.client import EngineClient
    from ..functions.host import Host
    from .api import TimelineApi

    ask_host = connections.shared(Host).listed
    engine = connections.shared(EngineClient) if connections.has("engine") else None
    ask_engine = engine.journal if engine and engine.url else None
    if not connections.has("slack"):
        return [TimelineApi(None, ask_host, ask_engine=ask_engine)]
    camp = connections.shared(CampWorkspace)
    return [TimelineApi(camp.workspace, ask_host, camp.past, ask_engine)]


PAGE = Page(
    name="timeline",
    path="timeline",
    title=lambda: _("Timeline"),
    service="functions",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
    options=(HOST_URL,),
)
