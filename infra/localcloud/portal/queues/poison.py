"""The poison queues of the storage account as dead letters."""

from typing import TYPE_CHECKING, Any

from localcloud.messages import _

from ..page import Connections
from ..storage.account import Account
from .dead_letters import SHOWN
from .queues import Queues
from .queuetext import POISON

if TYPE_CHECKING:
    from .dead_letters import Source


def sources(connections: Connections) -> "list[Source]":
    return [PoisonQueues(Queues(connections.shared(Account)))]


class PoisonQueues:
    name = "storage"

    def __init__(self, queues: Queues) -> None:
        self._queues = queues

    def title(self) -> str:
        return _("Azure Storage: poison queues")

    async def groups(self) -> list[dict[str, Any]]:
        twins = [pair["poison"] or pair for pair in await self._queues.all()]
        return [await self._group(one["name"]) for one in twins if one["name"].endswith(POISON)]

    async def _group(self, queue: str) -> dict[str, Any]:
        seen = await self._queues.look(queue) or {"count": 0, "messages": []}
        letters = [{"id": one["id"], "text": one["text"]} for one in seen["messages"][:SHOWN]]
        return {"name": queue, "of": queue.removesuffix(POISON), "count": seen["count"], "letters": letters}

    async def replay(self, group: str, id: str) -> None:
        await self._queues.move_back(group, id)
