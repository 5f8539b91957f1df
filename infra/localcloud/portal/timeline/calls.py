"""What an app did in Slack: its calls of the Web API and its posts, and to which invocation they belong.

slack-sdk sends no trace context. A call that carries one is known to belong to it; any other is inferred from the time:
it belongs to this trace if all invocations that ran at that moment do, and to one invocation if that ran alone.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from localcloud.messages import _

from ..chat.slacktext import typed
from .deliveries import by_app
from .facts import facts, shortened
from .model import INFERRED, KNOWN, Bar, Lane, Link
from .runs import Run
from .workers import bar_at

Entry = Mapping[str, Any]

LONGEST_LABEL = 40


@dataclass(frozen=True)
class Act:
    """A call of the Web API with what it put up; or a post without a call: the answer to a webhook or a command."""

    at: float
    call: Entry | None
    post: Entry | None
    runs: tuple[Run, ...] = ()
    how: str = KNOWN

    @property
    def id(self) -> str:
        entry = self.post or self.call or {}
        return f"{'post' if self.post else 'call'}:{entry.get('number')}"


def acts_of(entries: Sequence[Entry], traces: Collection[str], runs: Sequence[Run]) -> tuple[list[Act], int]:
    """The acts of some traces; and how many others fell in its time that may be its own or another's."""
    found, unclear = [], 0
    acts = sorted(_acts(entries), key=lambda act: act.at)
    for act, there in zip(acts, running([act.at for act in acts], runs), strict=True):
        if _carries(act):
            if (act.call or act.post or {}).get("trace") in traces:
                found.append(replace(act, runs=_by_span(act, runs)))
        elif own := [run for run in there if run.trace in traces]:
            if len(own) == len(there):
                found.append(replace(act, runs=tuple(own), how=INFERRED))
            else:
                unclear += 1
    return found, unclear


def running(moments: Sequence[float], runs: Sequence[Run]) -> Iterator[list[Run]]:
    """The invocations that ran at each of these moments, which ascend."""
    coming = sorted(runs, key=lambda run: run.start, reverse=True)
    there: list[Run] = []
    for moment in moments:
        while coming and coming[-1].start <= moment:
            there.append(coming.pop())
        there = [run for run in there if run.end is None or run.end >= moment]
        yield list(there)


def _carries(act: Act) -> bool:
    """Whether it is certain to which trace an act belongs."""
    return act.call is None or bool(act.call.get("trace"))


def _acts(entries: Sequence[Entry]) -> Iterator[Act]:
    posts = {
        (entry["channel"], entry["message"]["ts"]): entry
        for entry in entries
        if entry["kind"] == "message.posted" and by_app(entry)
    }
    for entry in entries:
        if entry["kind"] == "api.called":
            yield Act(entry["at"], entry, posts.pop((entry.get("channel"), entry.get("message_ts")), None))
    for post in posts.values():
        yield Act(post["at"], None, post)


def _by_span(act: Act, runs: Sequence[Run]) -> tuple[Run, ...]:
    span = act.call.get("span") if act.call else None
    return tuple(run for run in runs if span and span in (run.span, run.parent))


def act_bar(act: Act, names: Mapping[str, str]) -> Bar:
    error = act.call.get("error") if act.call else None
    method = act.call["method"] if act.call else ""
    told = facts(
        (_("Call"), method),
        (_("Text"), typed(act.post["message"].get("text") or "", names) if act.post else ""),
        (_("Refused"), error),
        (_("Belongs here"), _reason(act)),
    )
    if act.post is None:
        lane = Lane("call", "call", _("Slack Web API"))
        label = f"{method}: {error}" if error else method
        return Bar(act.id, lane, "call", label, act.at, act.at, not error, told)
    lane = Lane("post", "post", _("Posts of the app"))
    text = shortened(typed(act.post["message"].get("text") or "", names), LONGEST_LABEL)
    return Bar(act.id, lane, "post", text or method, act.at, act.at, True, told, act.post.get("trace"))


def _reason(act: Act) -> str:
    if act.how == KNOWN:
        return _("Known: the call carries the trace.") if act.call else _("Known: it is the answer to a delivery.")
    if len(act.runs) == 1:
        return _("Inferred: the call carries no trace; only this invocation ran then.")
    return _("Inferred: the call carries no trace; {count} invocations ran then, all of this message.").format(
        count=len(act.runs)
    )


def act_links(acts: Iterable[Act], deliveries: Sequence[Entry]) -> Iterator[Link]:
    """From the one invocation that made the call; from the delivery whose answer was put up."""
    for act in acts:
        if len(act.runs) == 1:
            yield Link(bar_at(act.runs[0], act.at), act.id, act.how)
        elif act.call is None and act.post is not None:
            before = [one for one in deliveries if one["number"] < act.post["number"] and one["what"] != "event"]
            if before:
                yield Link(f"delivery:{before[-1]['id']}", act.id, KNOWN)
