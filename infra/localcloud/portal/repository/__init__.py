"""The learner's repository on the local GitHub: files, commits and pull requests."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Page
from .words import words


def _apis(connections: Connections) -> Sequence[Api]:
    from .api import RepositoryApi
    from .client import GitHubClient

    return [RepositoryApi(connections.shared(GitHubClient))]


PAGE = Page(
    name="repository",
    path="repository",
    title=lambda: _("Repository"),
    service="github",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
)
