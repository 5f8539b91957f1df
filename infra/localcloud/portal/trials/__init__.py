"""Trials: what became of the app in private clouds of its own, with log, deliveries and timelines of each."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.messages import _

from ..page import Api, Connections, Option, Page
from .words import words

STATE = Option("--state-dir", "CAMP_STATE_DIR", "DIR")


def _apis(connections: Connections) -> Sequence[Api]:
    from localcloud.trials import FOLDER

    from .api import TrialsApi

    state = connections.setting(STATE.setting)
    return [TrialsApi(Path(state) / FOLDER if state else connections.folder / FOLDER)]


PAGE = Page(
    name="trials",
    path="checks",
    title=lambda: _("Checks"),
    service="portal",
    folder=Path(__file__).parent,
    apis=_apis,
    words=words,
    options=(STATE,),
)
