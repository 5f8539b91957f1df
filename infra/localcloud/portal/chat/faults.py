"""The faults of Slack."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from localcloud.faults import UnknownFault
from localcloud.messages import _

from ..guard import Refused
from ..page import Connections

if TYPE_CHECKING:
    from localcloud.slack.workspace import SlackWorkspace

    from ..faults.sources import Source


def sources(connections: Connections) -> "list[Source]":
    from .workspace import CampWorkspace

    return [SlackFaults(connections.shared(CampWorkspace).workspace)] if connections.has("slack") else []


class SlackFaults:
    """Those of the workspace that lives in this process."""

    name = "slack"

    def __init__(self, workspace: "SlackWorkspace") -> None:
        self._workspace = workspace

    def title(self) -> str:
        return "Slack"

    async def state(self) -> Mapping[str, Any]:
        from localcloud.slack.faults import kinds

        return {"kinds": [asdict(kind) for kind in kinds()], "active": self._workspace.faults.to_json()}

    async def inject(self, name: str, fields: Mapping[str, Any]) -> None:
        try:
            await self._workspace.inject(name, fields)
        except UnknownFault as error:
            raise Refused(404, str(error)) from None
        except ValueError as error:
            raise Refused(400, str(error)) from None

    async def end(self, name: str, target: str) -> None:
        if not self._workspace.faults.end(name, target):
            raise Refused(409, _("That fault is over already."))
