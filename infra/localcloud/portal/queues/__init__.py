"""The queues: messages looked at without touching them, each queue with its poison twin."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Page
from .words import words


def _apis(connections: Connections) -> Sequence[Api]:
    from ..functions.host import Host
    from ..storage.account import Account
    from .api import QueuesApi
    from .dead_letters import DeadLettersApi, sources
    from .queues import Queues

    queues = Queues(connections.shared(Account))
    return [QueuesApi(queues, connections.shared(Host)), DeadLettersApi(sources(connections))]


PAGE = Page(
    name="queues",
    path="queues",
    title=lambda: _("Queues"),
    service="storage",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
)
