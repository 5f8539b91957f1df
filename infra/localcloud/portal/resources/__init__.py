"""Resources: resource groups and what is in them, what changed, and what differs from the last apply."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Option, Page
from .words import words

RESOURCES_URL = Option("--resources-url", "CAMP_RESOURCES_URL", "URL")
OPENED = Option("--opened", "CAMP_OPENED", "NAME")  # of the folder that is worked in


def _apis(connections: Connections) -> Sequence[Api]:
    from .api import ResourcesApi
    from .client import ResourcesClient

    return [ResourcesApi(connections.shared(ResourcesClient), connections.setting(OPENED.setting))]


PAGE = Page(
    name="resources",
    path="resources",
    title=lambda: _("Resources"),
    service="resources",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
    options=(RESOURCES_URL, OPENED),
)
