"""The chat: people write, apps answer, and every delivery is told with its outcome."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..functions import HOST_URL
from ..page import Api, Connections, Option, Page
from .words import words


def _apis(connections: Connections) -> Sequence[Api]:
    from .acts import Chat
    from .api import ChatApi
    from .workspace import CampWorkspace

    camp = connections.shared(CampWorkspace)
    return [ChatApi(Chat(camp.workspace, camp.app))]


PAGE = Page(
    name="chat",
    path="",
    title=lambda: _("Chat"),
    service="slack",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
    options=(
        Option("--slack-port", "CAMP_SLACK_PORT", "PORT", int, required=True),
        HOST_URL,
    ),
)
