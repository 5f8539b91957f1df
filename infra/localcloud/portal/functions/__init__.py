"""The functions: the host's state, every invocation with its log, keys and settings, and faults on request."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Option, Page
from .words import words

HOST_URL = Option("--functions-url", "CAMP_FUNCTIONS_URL", "URL", required=True)


def _apis(connections: Connections) -> Sequence[Api]:
    from .api import FunctionsApi
    from .controls_api import ControlsApi
    from .host import Host

    host = connections.shared(Host)
    return [FunctionsApi(host), ControlsApi(host), *_faults(connections)]


def _faults(connections: Connections) -> Sequence[Api]:
    """Those of Slack, where it runs."""
    from ..chat.workspace import CampWorkspace
    from .faults_api import FaultsApi

    return [FaultsApi(connections.shared(CampWorkspace).workspace.faults)] if connections.has("slack") else []


PAGE = Page(
    name="functions",
    path="functions",
    title=lambda: _("Functions"),
    service="functions",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
    options=(HOST_URL,),
)
