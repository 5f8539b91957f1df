"""One trace told from the journals: Slack's, the host's and the report engine's."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from localcloud.messages import _

from .calls import Act, act_bar, act_links, acts_of
from .deliveries import by_app, deliveries, retry_comes, said, topic
from .dependency import calls_of, engine_bar, engine_calls, engine_links, shared_notes
from .faults import fault_bars
from .hops import Queued, delays, hidden, output_links, outputs, queued, waiting, waiting_links
from .loops import loop_links, loop_notes, loop_of
from .model import INFERRED, KNOWN, MOST_BARS, Bar, Link, Timeline
from .runs import Run, runs_of, trace_of
from .workers import marks, run_bars, run_id

Entry = Mapping[str, Any]

SOON_SECONDS = 5.0
QUEUED_SECONDS = 60.0


def told(
    trace: str,
    slack: Sequence[Entry],
    host: Sequence[Entry],
    names: Mapping[str, str],
    now: float,
    engine: Sequence[Entry] = (),
) -> Timeline | None:
    """The timeline of `trace`, or None when no journal knows it.

    The journals may hold more than is about it: an app's calls without trace context, and invocations beside its own,
    are needed to infer what belongs here. `names` are those of people, by id.
    """
    runs = runs_of(host)
    traces = loop_of(trace, slack, list(runs.values()))
    own = {id: run for id, run in runs.items() if run.trace in traces}
    sent = [entry for entry in slack if _about(entry, traces)]
    hops = [entry for entry in host if trace_of(entry) in traces]
    acts, unclear = acts_of(slack, traces, list(runs.values()))
    asked = list(calls_of(engine_calls(engine), traces, list(runs.values()), texts_of(sent)))
    messages = queued(hops, own.values())
    posts = {act.post["message"]["ts"] for act in acts if act.post}
    bars = [
        *said(sent, names),
        *deliveries(sent, posts),
        *(bar for run in own.values() for bar in run_bars(run)),
        *(waiting(one) for one in messages),
        *hidden(messages, hops),
        *delays(hops),
        *outputs(hops),
        *(engine_bar(call) for call in asked),
        *(act_bar(act, names) for act in acts),
    ]
    if not bars:
        return None
    bars += marks(host, {run.pid for run in own.values()})
    bars += fault_bars(slack, host, engine, min(bar.start for bar in bars), max(bar.until(now) for bar in bars))
    links = [
        *delivery_links([one for one in sent if one["kind"] == "delivery.attempted"], own),
        *(link for one in messages for link in waiting_links(one, own)),
        *output_links(hops, own),
        *engine_links(asked),
        *act_links(acts, [one for one in sent if one["kind"] == "delivery.attempted"]),
        *(loop_links(acts, sent) if len(traces) > 1 else ()),
    ]
    notes = [
        *loop_notes(len(traces) - 1),
        *fault_notes(sent),
        *duplicate_notes(sent, acts),
        *unclear_notes(acts, unclear),
        *shared_notes(asked),
        *origin_notes(messages),
    ]
    return replace(
        bounded(Timeline(trace, title(bars), 0.0, now, bars, links, notes)),
        going_on=_goes_on(bars, now) or retry_comes(sent, now),
    )


def bounded(timeline: Timeline) -> Timeline:
    """The timeline with its first bars, and the links between those."""
    bars = sorted(timeline.bars, key=lambda bar: bar.start)
    shown = bars[:MOST_BARS]
    ids = {bar.id for bar in shown}
    links = [link for link in timeline.links if {link.source, link.target} <= ids]
    return replace(timeline, at=bars[0].start, bars=shown, links=links, hidden=len(bars) - len(shown))


def title(bars: Sequence[Bar]) -> str:
    """What was said; without that, what came first."""
    first = next((bar for bar in bars if bar.kind == "said"), None)
    return (first or min(bars, key=lambda bar: bar.start)).label


def _about(entry: Entry, traces: Collection[str]) -> bool:
    if entry["kind"] == "command.answered":
        return (entry["typed"].get("delivery") or {}).get("trace") in traces
    return entry.get("trace") in traces


def texts_of(sent: Sequence[Entry]) -> Iterator[str]:
    """What people said or typed."""
    for entry in sent:
        if entry["kind"] == "message.posted" and not by_app(entry):
            yield str(entry["message"].get("text") or "")
        elif entry["kind"] == "command.answered":
            yield str(entry["typed"].get("text") or "")


def delivery_links(sent: Sequence[Entry], runs: Mapping[str, Run]) -> Iterator[Link]:
    """From each delivery to its invocation: known by the span that it carried, else inferred if only one fits."""
    for run in runs.values():
        if run.queue or run.blob or run.container:
            continue
        known = [one for one in sent if run.parent and one.get("span") == run.parent]
        fits = known or [one for one in sent if not run.parent and _spans(one, run.start)]
        if len(fits) == 1:
            yield Link(f"delivery:{fits[0]['id']}", run_id(run), KNOWN if known else INFERRED)


def _spans(delivery: Entry, moment: float) -> bool:
    return bool(delivery["at"] - delivery["milliseconds"] / 1000 <= moment <= delivery["at"])


def fault_notes(sent: Sequence[Entry]) -> Iterator[str]:
    """A sentence on events that came again because somebody wanted it."""
    if count := sum(entry["kind"] == "event.repeated" for entry in sent):
        yield _("Events repeated by a fault: {count}.").format(count=count)


def duplicate_notes(sent: Sequence[Entry], acts: Sequence[Act]) -> Iterator[str]:
    """A sentence on the events that came more than once, beside the number of posts."""
    times = Counter(topic(entry) for entry in sent if entry["kind"] == "delivery.attempted")
    names = [f"{event or what} ({count})" for (what, event, _channel, _ts), count in times.items() if count > 1]
    if names:
        posts = sum(act.post is not None for act in acts)
        words = _("Delivered more than once: {names}. Posts of the app: {posts}.")
        yield words.format(names=", ".join(names), posts=posts)


def unclear_notes(acts: Sequence[Act], unclear: int) -> Iterator[str]:
    """Sentences on what is not linked, and why."""
    if shared := sum(len(act.runs) > 1 for act in acts):
        words = _(
            "Calls without trace context, not linked because several invocations of this message ran then: {count}."
        )
        yield words.format(count=shared)
    if unclear:
        words = _("Calls without trace context, left out because invocations of other messages ran too: {count}.")
        yield words.format(count=unclear)


def origin_notes(messages: Sequence[Queued]) -> Iterator[str]:
    """A sentence on queue messages of which nobody knows the writer."""
    if count := sum(one.written is None for one in messages):
        yield _("Queue messages of unknown origin, for no output binding wrote them: {count}.").format(count=count)


def _goes_on(bars: Sequence[Bar], now: float) -> bool:
    """Whether something runs, or came a moment ago."""
    for bar in bars:
        if bar.end is None and (bar.kind != "waiting" or now - bar.start < QUEUED_SECONDS):
            return True
    return now - max(bar.until(bar.start) for bar in bars) < SOON_SECONDS
