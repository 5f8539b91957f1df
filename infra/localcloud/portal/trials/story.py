"""One trial's journal as a person reads it: lines of what happened, and a timeline for each message or call."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.messages import _
from localcloud.trials import Trial

from ..chat.slacktext import typed
from ..timeline.deliveries import by_app
from ..timeline.model import Timeline
from ..timeline.recent import recent
from ..timeline.runs import Run, runs_of, trace_of
from ..timeline.story import told

Entry = Mapping[str, Any]

SPOKEN = ("message.", "command.", "delivery.", "event.", "api.")  # what the workspace's journal tells
CALLS = "call."  # what the report engine's tells
MOST_TIMELINES = 6


@dataclass(frozen=True)
class Line:
    """Something that happened, so many seconds after the beginning; `ok` is None where nothing can fail."""

    after: float
    what: str
    text: str
    ok: bool | None = None

    def to_json(self) -> dict[str, Any]:
        return vars(self)


def lines_of(trial: Trial) -> list[Line]:
    """What was said, delivered, run and logged, in order."""
    began = trial.entries[0]["at"] if trial.entries else 0.0
    return [
        Line(round(entry["at"] - began, 3), *found)
        for entry in trial.entries
        if (found := _line(entry, trial.names)) is not None
    ]


def timelines_of(trial: Trial) -> list[Timeline]:
    """The timelines of what people said, the last first, and then of what else ran; of calls where nobody said
    anything, such as in a request made by hand."""
    spoken = [entry for entry in trial.entries if entry["kind"].startswith(SPOKEN)]
    called = [entry for entry in trial.entries if entry["kind"].startswith(CALLS)]
    hosted = [entry for entry in trial.entries if not entry["kind"].startswith((*SPOKEN, CALLS))]
    newest_first = recent(reversed(spoken), list(_hosted(runs_of(hosted).values())), trial.names)
    said = [one.trace for one in sorted(newest_first, key=lambda one: one.ts is None)]
    traces = said if any(one.ts for one in newest_first) else _traces(trial)
    found = (told(one, spoken, hosted, trial.names, trial.at, called) for one in traces[:MOST_TIMELINES])
    return [one for one in found if one]


def _traces(trial: Trial) -> list[str]:
    """Every trace, the last first; but those that began with an app's own post come after the others: one that answers
    itself for ever would hide what it was sent."""
    first: dict[str, Entry] = {}
    for entry in trial.entries:
        if trace := trace_of(entry):
            first.setdefault(trace, entry)
    return sorted(reversed(first), key=lambda trace: first[trace]["kind"] == "message.posted" and by_app(first[trace]))


def _hosted(runs: Iterable[Run]) -> Iterator[dict[str, Any]]:
    """The traces of invocations, as the host tells of its own."""
    by_trace: dict[str, list[Run]] = {}
    for run in runs:
        if run.trace:
            by_trace.setdefault(run.trace, []).append(run)
    for trace, own in by_trace.items():
        failed = sum(run.ok is False for run in own)
        first = own[0]
        yield {
            "trace": trace, "at": first.start, "function": first.function, "trigger": first.trigger, "runs": len(own),
            "failed": failed,
        }  # fmt: skip


def _line(entry: Entry, names: Mapping[str, str]) -> tuple[str, str, bool | None] | None:
    tell = TELL.get(entry["kind"])
    return tell(entry, names) if tell else None


def _posted(entry: Entry, names: Mapping[str, str]) -> tuple[str, str, bool | None]:
    text = typed(entry["message"].get("text") or "", names)
    if by_app(entry):
        return _("app posts"), text, None
    return _("{name} says").format(name=names.get(entry["message"].get("user", ""), "?")), text, None


def _delivered(entry: Entry, _names: Mapping[str, str]) -> tuple[str, str, bool | None]:
    what = entry["event_type"] or entry["what"]
    again = _(", retry {number} ({reason})").format(number=entry["attempt"], reason=entry["reason"])
    answer = " ".join(str(part) for part in (entry["status"], entry["failure"]) if part is not None)
    words = _("{what}{again}; answer {answer} after {milliseconds:g} ms")
    text = words.format(
        what=what, again=again if entry["attempt"] else "", answer=answer, milliseconds=entry["milliseconds"]
    )
    return _("delivered"), f"{text}\n{entry['answer']}".rstrip(), entry["failure"] is None


def _finished(entry: Entry, _names: Mapping[str, str]) -> tuple[str, str, bool | None]:
    ok = bool(entry.get("ok"))
    why = entry.get("where") or entry.get("message") or ""
    took = _("{function}, {milliseconds:.0f} ms").format(
        function=entry.get("function") or "?", milliseconds=entry.get("duration_ms") or 0
    )
    return _("invocation"), took if ok else f"{took}\n{why}", ok


def _logged(entry: Entry, _names: Mapping[str, str]) -> tuple[str, str, bool | None]:
    level = str(entry.get("level", ""))
    return _("log"), f"{level}: {entry.get('message', '')}", False if level.lower() in BAD_LEVELS else None


BAD_LEVELS = ("error", "critical")
TELL = {
    "message.posted": _posted,
    "delivery.attempted": _delivered,
    "invocation.finished": _finished,
    "invocation.log": _logged,
    "host.log": _logged,
    "lambda.log": _logged,
}


def shown(timelines: Sequence[Timeline]) -> list[dict[str, str]]:
    """Timelines as a page draws them."""
    from ..timeline.svg import svg_of
    from ..timeline.text import text_of

    return [{"title": one.title, "svg": svg_of(one, styled=False), "text": text_of(one)} for one in timelines]
