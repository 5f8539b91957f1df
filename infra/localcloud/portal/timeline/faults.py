"""The faults that were injected while a message was on its way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from localcloud.engine import engine
from localcloud.faults import Kind
from localcloud.functions.bindings import queue_faults
from localcloud.messages import _
from localcloud.slack import faults as slack

from .facts import facts
from .model import Bar, Lane

Entry = Mapping[str, Any]

CLOCK = "%H:%M:%S"


def fault_bars(
    of_slack: Sequence[Entry], of_host: Sequence[Entry], of_engine: Sequence[Entry], first: float, last: float
) -> Iterator[Bar]:
    """A bar for each fault that was on between two moments, cut to them, in one lane."""
    lane = Lane("fault", "fault", _("Faults"))
    sources = {
        "slack": (of_slack, slack.kinds()),
        "queues": (of_host, queue_faults.kinds()),
        "engine": (of_engine, engine.kinds()),
    }
    for name, (journal, kinds) in sources.items():
        for began, ended in _pairs(journal):
            over = ended["at"] if ended else last
            if began["at"] > last or over < first:
                continue
            start, end = max(began["at"], first), min(over, last)
            yield Bar(
                f"fault:{name}:{began['number']}",
                lane,
                "fault",
                _label(began, kinds),
                start,
                end,
                None,
                _told(began, ended),
            )


def _pairs(journal: Iterable[Entry]) -> Iterator[tuple[Entry, Entry | None]]:
    """Each fault's beginning with its end, if it has one."""
    on: dict[tuple[str, str | None], Entry] = {}
    for entry in journal:
        what = entry.get("fault", ""), entry.get("target")
        if entry["kind"] == "fault.began":
            on[what] = entry
        elif entry["kind"] == "fault.ended" and what in on:
            yield on.pop(what), entry
    for began in on.values():
        yield began, None


def _label(began: Entry, kinds: Iterable[Kind]) -> str:
    says = next((kind.says for kind in kinds if kind.name == began["fault"]), str(began["fault"]))
    return _("{what}: {target}").format(what=says, target=began["target"]) if began.get("target") else says


def _told(began: Entry, ended: Entry | None) -> tuple[tuple[str, str], ...]:
    return facts(
        (_("Fault"), began["fault"]),
        (_("About"), began.get("target")),
        (_("Began"), datetime.fromtimestamp(began["at"]).strftime(CLOCK)),
        (_("Ended"), datetime.fromtimestamp(ended["at"]).strftime(CLOCK) if ended else _("not yet")),
        (_("Delay"), _("{number} s").format(number=f"{began['by']:g}") if began.get("by") else ""),
    )
