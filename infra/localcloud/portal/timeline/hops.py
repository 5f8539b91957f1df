"""What invocations wrote, and what that led to: queue messages with their redeliveries, blobs, rows, documents."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.messages import _

from .facts import facts, shortened
from .model import INFERRED, KNOWN, Bar, Lane, Link
from .runs import Run, container_of
from .workers import bar_at, run_id

Entry = Mapping[str, Any]

LONGEST_LABEL = 40
SHOWN_ID = 8
LEAST_HIDDEN = 0.5  # seconds; between two looks at a queue a message may be unseen for shorter
REORDER = "reorder"


@dataclass
class Queued:
    """One queue message: who wrote it and when, the invocations that had it, and how it ended."""

    queue: str
    id: str
    written: float | None = None
    writer: str | None = None
    poisoned_from: str | None = None
    copy_of: str | None = None
    like: str | None = None
    runs: list[Run] = field(default_factory=list)
    poisoned: Entry | None = None

    @property
    def settled(self) -> float | None:
        """When it left the queue; None while it is there."""
        if self.poisoned:
            return float(self.poisoned["at"])
        last = self.runs[-1] if self.runs else None
        return last.end if last and last.ok else None


def queued(entries: Iterable[Entry], runs: Iterable[Run]) -> list[Queued]:
    """Every queue message of a trace, in the order of their writes."""
    found: dict[tuple[str, str], Queued] = {}

    def message(queue: str, id: str) -> Queued:
        return found.setdefault((queue, id), Queued(queue, id))

    for entry in entries:
        if entry["kind"] == "output.written" and entry.get("message_id"):
            one = message(entry["queue"], entry["message_id"])
            one.written, one.writer = entry["at"], entry.get("id")
        elif entry["kind"] == "queue.poisoned":
            message(entry["queue"], entry["message_id"]).poisoned = entry
            moved = message(entry["poison_queue"], entry.get("poison_message_id") or entry["message_id"])
            moved.written, moved.poisoned_from = entry["at"], waiting_id(entry["queue"], entry["message_id"])
        elif entry["kind"] == "queue.copied":
            copy = message(entry["queue"], entry["copy_id"])
            copy.written, copy.copy_of = entry["at"], waiting_id(entry["queue"], entry["message_id"])
    for run in runs:
        if run.queue and run.message_id:
            one = message(run.queue, run.message_id)
            one.runs.append(run)
            if run.like and one.written is None:
                one.like = f"waiting:{run.like}"
                one.written = min(run.start, run.inserted or run.start)
    return list(found.values())


def waiting_id(queue: str, id: str) -> str:
    return f"waiting:{queue}:{id}"


def waiting(one: Queued) -> Bar:
    """A message's time on its queue."""
    start = one.written if one.written is not None else one.runs[0].start
    label = _("message {id}").format(id=one.id[:SHOWN_ID])
    if one.written is None:
        label = _("{name} · unknown origin").format(name=label)
    if one.like:
        label = _("{name} · goes on with an earlier message").format(name=label)
    if one.copy_of:
        label = _("{name} · a copy, made by a fault").format(name=label)
    if (times := len(one.runs)) > 1:
        label = _("{name} · taken {times} times").format(name=label, times=times)
    told = facts(
        (_("Queue"), one.queue),
        (_("Message"), one.id),
        (_("Taken"), _("{times} times").format(times=times) if times else _("not yet")),
        (_("Moved aside"), one.poisoned["poison_queue"] if one.poisoned else ""),
        (_("Where it came from"), _again() if one.like else "" if one.written is not None else _unknown()),
    )
    ok = False if one.poisoned else (True if one.settled else None)
    return Bar(waiting_id(one.queue, one.id), queue_lane(one.queue), "waiting", label, start, one.settled, ok, told)


def _unknown() -> str:
    return _("Not written by an output binding of this host. Queue messages carry no headers, so nobody can tell.")


def _again() -> str:
    return _("Inferred: it has the text or the correlation id of an earlier message. No output binding wrote it.")


def waiting_links(one: Queued, runs: Mapping[str, Run]) -> Iterator[Link]:
    """From the writer, to every invocation that had the message, and to its copy on the poison queue: all by id. From
    an earlier message to one with the same text or correlation id: inferred."""
    here = waiting_id(one.queue, one.id)
    if one.writer and one.writer in runs and one.written is not None:
        yield Link(bar_at(runs[one.writer], one.written), here, KNOWN)
    for source in filter(None, (one.poisoned_from, one.copy_of)):
        yield Link(source, here, KNOWN)
    if one.like:
        yield Link(one.like, here, INFERRED)
    for run in one.runs:
        yield Link(here, run_id(run), KNOWN)


def hidden(messages: Iterable[Queued], entries: Iterable[Entry]) -> Iterator[Bar]:
    """The times in which messages could not be seen on their queues: their sender wanted it, or the host's
    `visibilityTimeout` after a failure."""
    for one in messages:
        until = one.runs[0].hidden_until if one.runs else None
        if one.written is not None and until is not None and until - one.written >= LEAST_HIDDEN:
            told = facts((_("Message"), one.id), (_("What is known"), _("The host looked then, and did not see it.")))
            label = _("message {id} · hidden by its sender").format(id=one.id[:SHOWN_ID])
            yield Bar(f"hidden:{one.id}", queue_lane(one.queue), "hidden", label, one.written, until, None, told)
    for entry in entries:
        if entry["kind"] == "queue.returned":
            told = facts((_("Message"), entry["message_id"]), (_("Setting"), "visibilityTimeout"))
            label = _("message {id} · hidden after a failure").format(id=entry["message_id"][:SHOWN_ID])
            end = entry["at"] + entry["seconds"]
            id = f"hidden:{entry['number']}"
            yield Bar(id, queue_lane(entry["queue"]), "hidden", label, entry["at"], end, None, told)


def queue_lane(name: str) -> Lane:
    return Lane(f"queue:{name}", "queue", _("Queue {name}").format(name=name))


def delays(entries: Iterable[Entry]) -> Iterator[Bar]:
    """The times for which faults have kept messages from their functions."""
    for entry in entries:
        if entry["kind"] == "queue.delayed":
            words = _("kept by a fault")
            if entry["fault"] == REORDER:
                words = _("kept by a fault, to come after later ones")
            lane = queue_lane(entry["queue"])
            told = facts((_("Message"), entry["message_id"]), (_("Fault"), entry["fault"]))
            label = _("message {id} · {what}").format(id=entry["message_id"][:SHOWN_ID], what=words)
            end = entry["at"] + entry["seconds"]
            yield Bar(f"delay:{entry['number']}", lane, "waiting", label, entry["at"], end, None, told)


def outputs(entries: Iterable[Entry]) -> Iterator[Bar]:
    """What was written elsewhere than on queues."""
    lane = Lane("output", "output", _("Outputs"))
    for entry in entries:
        if entry["kind"] == "output.written" and not entry.get("message_id"):
            label = f"{entry['type']} {shortened(str(entry.get('target') or ''), LONGEST_LABEL)}"
            told = facts(
                (_("Output"), entry["type"]),
                (_("Written"), entry.get("target")),
                (_("Partition key"), entry.get("partition_key")),
            )
            yield Bar(output_id(entry), lane, "output", label, entry["at"], entry["at"], True, told)


def output_id(entry: Entry) -> str:
    return f"output:{entry['number']}"


def output_links(entries: Iterable[Entry], runs: Mapping[str, Run]) -> Iterator[Link]:
    """From the writer; and to the invocations that the same blob or document started: known when its version is the
    same."""
    for entry in entries:
        if entry["kind"] != "output.written" or entry.get("message_id"):
            continue
        if entry.get("id") in runs:
            yield Link(bar_at(runs[entry["id"]], entry["at"]), output_id(entry), KNOWN)
        for run in runs.values():
            if run.start >= entry["at"] and (etag := _started_with(run, entry)) is not None:
                yield Link(output_id(entry), run_id(run), KNOWN if etag == entry.get("etag") else INFERRED)


def _started_with(run: Run, entry: Entry) -> str | None:
    """The version with which what was written has started an invocation; None when it did not start it."""
    if run.blob and run.blob == entry.get("blob"):
        return run.etag or ""
    if run.container and run.container == container_of(entry):
        return run.documents.get(str(entry.get("document_id")))
    return None
