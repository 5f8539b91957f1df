"""The slides: those that were made on this computer, that of the open lab first."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Option, Page
from .words import words

STATE = Option("--state", "CAMP_STATE", "DIR")  # decks are made in its folder `slides`
OPENED = Option("--opened", "CAMP_OPENED", "NAME")  # of the lab's folder, and of its deck


def _apis(connections: Connections) -> Sequence[Api]:
    from .api import SlidesApi

    state = connections.setting(STATE.setting)
    return [SlidesApi(Path(state) / "slides" if state else None, connections.setting(OPENED.setting))]


PAGE = Page(
    name="slides",
    path="slides",
    title=lambda: _("Slides"),
    service="portal",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
    options=(STATE, OPENED),
)
