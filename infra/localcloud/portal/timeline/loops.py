"""A loop: an app that answers its own posts. Each answer is a trace of its own, and all of them are one story."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from localcloud.messages import _

from .calls import Act, acts_of
from .model import KNOWN, Link
from .runs import Run

Entry = Mapping[str, Any]

MOST_ROUNDS = 24


def loop_of(trace: str, slack: Sequence[Entry], runs: Sequence[Run]) -> set[str]:
    """A trace, and those that began with the delivery of a post of its app and led to another post."""
    found = {trace}
    while len(found) <= MOST_ROUNDS:
        fresh = {one for one, post in _echoes(found, slack, runs) if _answered(one, post, found, slack, runs)}
        if not fresh:
            break
        found |= fresh
    return found


def candidates(trace: str, slack: Sequence[Entry], runs: Sequence[Run]) -> set[str]:
    """The traces that may be of the loop: whoever asks `loop_of` must know their invocations."""
    found = loop_of(trace, slack, runs)
    return found | {one for one, _post in _echoes(found, slack, runs)}


def _echoes(traces: Collection[str], slack: Sequence[Entry], runs: Sequence[Run]) -> list[tuple[str, str]]:
    """The traces that began with a post of these: each with the post's timestamp."""
    began: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in slack:
        if entry["kind"] == "delivery.attempted" and entry.get("message_ts"):
            began[entry["channel"], entry["message_ts"]].add(entry["trace"])
    acts, _unclear = acts_of(slack, traces, runs)
    posts = [(act.post["channel"], act.post["message"]["ts"]) for act in acts if act.post]
    return [(one, place[1]) for place in posts for one in sorted(began[place]) if one not in traces]


def _answered(trace: str, post: str, traces: Collection[str], slack: Sequence[Entry], runs: Sequence[Run]) -> bool:
    """Whether an invocation of `trace`, which began with `post`, posted something else."""
    acts, _unclear = acts_of(slack, {*traces, trace}, runs)
    return any(
        act.post and act.post["message"]["ts"] != post and trace in {run.trace for run in act.runs} for act in acts
    )


def loop_links(acts: Sequence[Act], sent: Sequence[Entry]) -> Iterator[Link]:
    """From each post of the app to its delivery to that app."""
    posts = {act.post["message"]["ts"]: act.id for act in acts if act.post}
    for entry in sent:
        if entry["kind"] == "delivery.attempted" and entry.get("message_ts") in posts and not entry["attempt"]:
            yield Link(posts[entry["message_ts"]], f"delivery:{entry['id']}", KNOWN)


def loop_notes(rounds: int) -> Iterator[str]:
    """A sentence on the loop, if there is one."""
    if rounds:
        yield _("A loop: the app answered its own posts. Rounds that are shown: {count}.").format(count=rounds)
