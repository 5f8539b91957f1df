"""What the journal holds of an invocation, so that one message can be followed through functions, queues and blobs.

`invocation.started`: `id`, `trace`, `span` (its own id in the trace), `parent` (the span that came in), `function`,
  `trigger` (its type), `reason`, `line` (of the log; null when the levels hide it); and where what triggered it lies:
  `queue`, `message_id`, `dequeue_count`, and of a message that others wrote `like` (`queue:id` of an earlier one that
  it continues), `inserted` and `hidden_until` (the host looked then, and did not see it); or `blob`
  (`container/name`), `etag`, `dequeue_count`; or `database`, `container`, `range` (of partition keys), `documents` (the
  first of them: `id`, `etag`, `partition_key`) and `count`.
`invocation.attempted`: `id`, `trace`, `function`, `worker_pid`: a worker has it once more, at a retry.
`invocation.retried`: `id`, `trace`, `function`, `seconds`: it failed, and its retry policy waits so long.
`output.written`: `id`, `trace`, `function`, `binding` (its name), `type`, `target` (text to show); and what it wrote:
  `queue`, `message_id`; or `blob` (`container/name`), `etag`; or `table`, `partition_key`, `row_key`; or `database`,
  `container`, `document_id`, `etag`, `partition_key`.
`invocation.finished`: `id`, `trace`, `function`, `ok`, a failure's `message` and `where`, `duration_ms`, `worker_pid`,
  `fault` (`crash` if it was killed on request), `line` (of the log).
`invocation.log`: `id`, `trace`, `function`, `level`, `message`: every other line about it. Most invocations have none,
  so that they cost the host two entries.
`queue.poisoned`: `trace`, `function`, `queue`, `message_id`, `dequeue_count`, `poison_queue`, `poison_message_id`.
`queue.returned`: `trace`, `queue`, `message_id`, `seconds`: it failed, and is hidden so long (`visibilityTimeout`).
`queue.copied`: `trace`, `queue`, `message_id`, `copy_id`: a fault has put a copy of a message beside it.
`queue.delayed`: `trace`, `queue`, `message_id`, `fault` (`late` or `reorder`), `seconds`: a fault makes it wait.
`fault.began`, `fault.ended`: `fault`, `target`, `seconds` (left), `times` (left), `by`, and `how` it ended.

`queue` with `message_id`, `blob`, or a document's `etag`, of an `output.written` are those of the `invocation.started`
that it causes. An output of many messages or documents has an entry for each. Texts are at most `LONGEST_FACT` long.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .invocation import Invocation, Result

LONGEST_FACT = 32_000
UNBOUNDED = frozenset({"message", "where", "target", "queue", "blob", "partition_key", "row_key"})


def started(invocation: "Invocation", line: str | None) -> None:
    """The invocation begins; `line` is what the log says of it."""
    _add(
        "invocation.started",
        invocation,
        span=invocation.span_id,
        parent=invocation.parent_id,
        trigger=invocation.function.trigger["type"],
        reason=invocation.reason,
        line=line,
        **invocation.source,
    )


def attempted(invocation: "Invocation") -> None:
    """A worker has got the invocation once more; the first time goes without saying, as most have no other."""
    _add("invocation.attempted", invocation, worker_pid=invocation.worker_pid)


def retried(invocation: "Invocation", seconds: float) -> None:
    """An attempt has failed; the retry policy waits."""
    _add("invocation.retried", invocation, seconds=seconds)


def written(invocation: "Invocation", binding: Mapping[str, Any], target: str, **facts: str) -> None:
    """One thing that an output binding has written."""
    _add("output.written", invocation, binding=binding["name"], type=binding["type"], target=target, **facts)


def finished(invocation: "Invocation", result: "Result", milliseconds: float, line: str | None) -> None:
    """The invocation has ended, well or not; `line` is what the log says of it."""
    failure = result.failure
    _add(
        "invocation.finished",
        invocation,
        ok=result.ok,
        message=str(failure) if failure else None,
        where=failure.place(invocation.host.workers_app_dir) if failure else None,
        duration_ms=round(milliseconds, 1),
        worker_pid=invocation.worker_pid,
        fault=invocation.fault,
        line=line,
    )


def _add(kind: str, invocation: "Invocation", **facts: Any) -> None:
    for name in UNBOUNDED & facts.keys():
        facts[name] = facts[name] and facts[name][:LONGEST_FACT]
    facts.update(id=invocation.id, trace=invocation.trace_id, function=invocation.function.name)
    invocation.host.journal.put(kind, facts)
