"""The calls of the report engine, and to which invocation they belong.

A call that carries a trace context is known to belong to it. Any other is inferred: its topic was spoken of in the
trace, and one of the trace's invocations ran for as long as its caller waited; without the topic, no other ran.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from localcloud.messages import _

from .facts import facts, shortened, span
from .model import INFERRED, KNOWN, Bar, Lane, Link
from .runs import Run
from .workers import bar_at

Entry = Mapping[str, Any]

LONGEST_LABEL = 32
TOLERANCE = (
    0.05  # seconds: the engine ends a call a little before its caller has read the answer, or after it was killed
)


@dataclass(frozen=True)
class EngineCall:
    """One call; `end` is None while it is under way. `heard` is false when its caller was gone at the end."""

    number: int
    topic: str
    start: float
    end: float | None = None
    status: int | None = None
    heard: bool = True
    trace: str | None = None
    span: str | None = None
    runs: tuple[Run, ...] = ()
    how: str = KNOWN

    @property
    def id(self) -> str:
        return f"engine:{self.number}"


def engine_calls(entries: Iterable[Entry]) -> list[EngineCall]:
    """Every call that the engine's journal tells of, oldest first."""
    found: dict[int, EngineCall] = {}
    for entry in entries:
        if entry["kind"] == "call.began":
            number = entry["call"]
            trace, span = entry.get("trace"), entry.get("span")
            found[number] = EngineCall(number, entry["topic"], entry["at"], trace=trace, span=span)
        elif entry["kind"] == "call.ended" and (call := found.get(entry["call"])):
            found[call.number] = replace(call, end=entry["at"], status=entry["status"], heard=entry["heard"])
    return list(found.values())


def calls_of(
    calls: Iterable[EngineCall], traces: Collection[str], runs: Sequence[Run], said: Iterable[str]
) -> Iterator[EngineCall]:
    """The calls of some traces, in which the texts `said` were spoken."""
    texts = [text.casefold() for text in said]
    for call in calls:
        if call.trace:
            if call.trace in traces:
                yield replace(
                    call, runs=tuple(run for run in runs if call.span and call.span in (run.span, run.parent))
                )
            continue
        there = [run for run in runs if _ran_for(run, call)]
        own = tuple(run for run in there if run.trace in traces)
        spoken = any(call.topic.casefold() in text for text in texts)
        if own and (spoken or len(own) == len(there)):
            yield replace(call, runs=own, how=INFERRED)


def _ran_for(run: Run, call: EngineCall) -> bool:
    """Whether an invocation ran for as long as the caller waited."""
    if run.start > call.start + TOLERANCE or (run.end is not None and run.end < call.start):
        return False
    return not call.heard or call.end is None or run.end is None or run.end >= call.end - TOLERANCE


def engine_bar(call: EngineCall) -> Bar:
    """One call, from its beginning to its end."""
    lane = Lane("engine", "engine", _("Report engine"))
    outcome = _("no answer") if call.status is None else str(call.status)
    label = shortened(call.topic, LONGEST_LABEL)
    if call.end is not None:
        label = f"{label} → {outcome}"
    if not call.heard:
        label = _("{name} · the caller was gone").format(name=label)
    told = facts(
        (_("Topic"), call.topic),
        (_("Answer"), outcome if call.end is not None else ""),
        (_("Took"), span(call.end - call.start) if call.end is not None else _("it is running")),
        (_("The caller"), "" if call.heard else _("It was gone before the answer came: killed, or timed out.")),
        (_("Belongs here"), _reason(call)),
    )
    ok = None if call.end is None else call.status == 200 and call.heard
    return Bar(call.id, lane, "call", label, call.start, call.end, ok, told)


def _reason(call: EngineCall) -> str:
    if call.how == KNOWN:
        return _("Known: the call carries the trace.")
    return _("Inferred: the call carries no trace. Its topic and its time fit.")


def engine_links(calls: Iterable[EngineCall]) -> Iterator[Link]:
    """From the one invocation that made the call."""
    for call in calls:
        if len(call.runs) == 1:
            yield Link(bar_at(call.runs[0], call.start), call.id, call.how)


def shared_notes(calls: Iterable[EngineCall]) -> Iterator[str]:
    """A sentence on calls that more than one invocation may have made."""
    if count := sum(len(call.runs) > 1 for call in calls):
        words = _(
            "Calls of the report engine, not linked because several invocations of this message ran then: {count}."
        )
        yield words.format(count=count)
