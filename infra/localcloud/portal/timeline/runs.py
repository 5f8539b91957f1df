"""The invocations in the host's journal: when each ran, in which worker, and what came of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.trace import trace_id_of

Entry = Mapping[str, Any]


@dataclass
class Run:
    """One invocation; `end` is None while it runs. `attempts` are the moments at which a worker was given it once
    more, `waits` those at which its retry policy began to wait. `documents` holds the versions of what started it,
    in `container` (`database/container`), by id. `like` is `queue:id` of an earlier message with the same text or
    correlation id, when nobody knows who wrote this one's, which was put on its queue at `inserted` and was not to be
    seen there at `hidden_until`."""

    id: str
    function: str
    start: float
    trace: str | None = None
    trigger: str = ""
    end: float | None = None
    ok: bool | None = None
    message: str = ""
    where: str = ""
    fault: str | None = None
    pid: int | None = None
    span: str | None = None
    parent: str | None = None
    queue: str | None = None
    message_id: str | None = None
    dequeue_count: int | None = None
    like: str | None = None
    inserted: float | None = None
    hidden_until: float | None = None
    blob: str | None = None
    etag: str | None = None
    container: str | None = None
    documents: Mapping[str, str] = field(default_factory=dict)
    count: int | None = None
    attempts: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


def runs_of(entries: Iterable[Entry]) -> dict[str, Run]:
    """Every invocation that `entries` tell of, by id, in the order of their starts."""
    found: dict[str, Run] = {}
    for entry in entries:
        take = TAKE.get(entry["kind"])
        if take:
            run = found.setdefault(entry["id"], Run(entry["id"], entry.get("function") or "", entry["at"]))
            take(run, entry)
    return dict(sorted(found.items(), key=lambda pair: pair[1].start))


def trace_of(entry: Entry) -> str | None:
    """The trace id of an entry, which may hold a whole `traceparent`."""
    trace = entry.get("trace")
    return trace_id_of(trace) or trace if isinstance(trace, str) else None


def container_of(entry: Entry) -> str | None:
    """The Cosmos DB container that an entry is about."""
    return f"{entry['database']}/{entry['container']}" if entry.get("database") else None


def _started(run: Run, entry: Entry) -> None:
    run.start = entry["at"]
    run.trace = trace_of(entry)
    run.trigger = entry.get("trigger") or ""
    run.span, run.parent = entry.get("span"), entry.get("parent")
    run.queue, run.message_id = entry.get("queue"), entry.get("message_id")
    run.dequeue_count = entry.get("dequeue_count")
    run.like, run.inserted, run.hidden_until = entry.get("like"), entry.get("inserted"), entry.get("hidden_until")
    run.blob, run.etag = entry.get("blob"), entry.get("etag")
    run.container, run.count = container_of(entry), entry.get("count")
    run.documents = {one["id"]: one["etag"] for one in entry.get("documents") or ()}


def _attempted(run: Run, entry: Entry) -> None:
    run.attempts.append(entry["at"])
    run.pid = entry.get("worker_pid")


def _retried(run: Run, entry: Entry) -> None:
    run.waits.append(entry["at"])


def _finished(run: Run, entry: Entry) -> None:
    run.end = entry["at"]
    run.start = min(run.start, entry["at"] - (entry.get("duration_ms") or 0) / 1000)
    run.trace = run.trace or trace_of(entry)
    run.ok = bool(entry.get("ok"))
    run.message, run.where = entry.get("message") or "", entry.get("where") or ""
    run.pid = entry.get("worker_pid") or run.pid
    run.fault = entry.get("fault")


TAKE = {
    "invocation.started": _started,
    "invocation.attempted": _attempted,
    "invocation.retried": _retried,
    "invocation.finished": _finished,
}
