"""The journal by trace: all about one of them, and which there were lately."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from localcloud.journal import Entry

Span = tuple[float, float]

OPEN = float("inf")
LINE = "invocation.log"
ENDS = frozenset({"invocation.started", "invocation.finished"})
BEFELL = frozenset({"worker.crashed", "worker.recycled", "worker.exited", "worker.cold_start"})
FAULTS = frozenset({"fault.began", "fault.ended"})


def about(entries: Sequence[Entry], trace: str) -> list[Entry]:
    """A trace's own entries but for log lines, oldest first; among them what befell workers in its time, the
    beginnings and ends of other invocations that ran beside its own, and the beginnings and ends of all faults,
    as one that began earlier may still be on."""
    own = [entry for entry in entries if entry.facts.get("trace") == trace and entry.kind != LINE]
    if not own:
        return []
    mine = merged(spans(own).values())
    first = min([own[0].at, *(start for start, _end in mine[:1])])
    last = max([own[-1].at, *(end for _start, end in mine[-1:])])
    beside = {id for id, span in spans(entries).items() if _touches(span, mine)}
    return [
        entry
        for entry in entries
        if (entry.facts.get("trace") == trace and entry.kind != LINE)
        or (entry.kind in ENDS and entry.facts["id"] in beside)
        or (entry.kind in BEFELL and first <= entry.at <= last)
        or entry.kind in FAULTS
    ]


def spans(entries: Iterable[Entry]) -> dict[str, Span]:
    """When each invocation ran; one that is not at its end yet runs for ever."""
    found: dict[str, Span] = {}
    for entry in entries:
        if entry.kind == "invocation.started":
            found[entry.facts["id"]] = (entry.at, OPEN)
        elif entry.kind == "invocation.finished":
            began = found.get(entry.facts["id"], (entry.at - entry.facts["duration_ms"] / 1000, OPEN))[0]
            found[entry.facts["id"]] = (began, entry.at)
    return found


def merged(some: Iterable[Span]) -> list[Span]:
    """The spans without overlaps, in order."""
    found: list[Span] = []
    for start, end in sorted(some):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _touches(span: Span, others: Sequence[Span]) -> bool:
    """Whether a span overlaps one of `others`, which are merged."""
    place = bisect_right(others, (span[1], OPEN))
    return place > 0 and others[place - 1][1] >= span[0]


def lately(entries: Iterable[Entry], most: int) -> list[dict[str, Any]]:
    """The traces with the last invocations, oldest first: `trace`, `at`, `function`, `trigger`, `runs`, `failed`."""
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        trace = entry.facts.get("trace")
        if entry.kind == "invocation.started" and trace:
            first = {"trace": trace, "at": entry.at, "runs": 0, "failed": 0}
            known = found.setdefault(
                trace, {**first, "function": entry.facts["function"], "trigger": entry.facts["trigger"]}
            )
            known["runs"] += 1
        elif entry.kind == "invocation.finished" and trace in found:
            found[trace]["failed"] += not entry.facts["ok"]
    return list(found.values())[-most:]
