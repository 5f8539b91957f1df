"""The slides: those that were made on this computer, that of the open lab first."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Option, Page
from .words import words

SLIDES = Option("--slides", "CAMP_SLIDES", "DIR")
DECK = Option("--deck", "CAMP_DECK", "NAME")


def _apis(connections: Connections) -> Sequence[Api]:
    from .api import SlidesApi

    folder = connections.setting(SLIDES.setting)
    return [SlidesApi(Path(folder) if folder else None, connections.setting(DECK.setting))]


PAGE = Page(
    name="slides",
    path="slides",
    title=lambda: _("Slides"),
    service="portal",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
    options=(SLIDES, DECK),
)
