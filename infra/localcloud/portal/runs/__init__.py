"""The runs of the learner's workflows, live: jobs as a graph, steps with their logs, and what a person may do."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Page
from .words import words


def _apis(connections: Connections) -> Sequence[Api]:
    from ..repository.client import GitHubClient
    from .api import RunsApi

    return [RunsApi(connections.shared(GitHubClient))]


PAGE = Page(
    name="runs",
    path="runs",
    title=lambda: _("Runs"),
    service="github",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
)
