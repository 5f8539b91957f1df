"""What the REST API asks of whoever runs workflows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .repository import Repository


class RunsApi(Protocol):
    """Runs as JSON, in the form of GitHub's REST API; None where there is no such run."""

    def listed(self, repository: "Repository", filters: Mapping[str, str]) -> list[dict[str, Any]]:
        """Workflow runs, newest first. `filters` are the query's: branch, event, status, head_sha."""

    def run_json(self, repository: "Repository", number: int) -> dict[str, Any] | None: ...

    def jobs_json(self, repository: "Repository", number: int) -> list[dict[str, Any]] | None: ...

    async def dispatch(
        self, repository: "Repository", workflow: str, ref: str, inputs: Mapping[str, Any], actor: str
    ) -> None:
        """Starts the workflow file `workflow` on `refs/...`. ValueError says why it cannot be started so."""

    async def act(self, repository: "Repository", number: int, act: str) -> bool:
        """`rerun` or `cancel` a run; False when there is no such run. ValueError says why it cannot be done now."""
