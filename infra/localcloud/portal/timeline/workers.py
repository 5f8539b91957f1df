"""The host's side of a trace: its invocations in the lanes of their workers, and what befell those."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from localcloud.messages import _

from .facts import facts, span
from .model import Bar, Lane
from .runs import Run

Entry = Mapping[str, Any]


def worker_lane(pid: int | None) -> Lane:
    """Which worker it is, the host tells at the end."""
    if pid is None:
        return Lane("worker", "worker", _("A worker"))
    return Lane(f"worker:{pid}", "worker", _("Worker {pid}").format(pid=pid))


def run_bars(run: Run) -> list[Bar]:
    """One bar an attempt; only a retry policy makes more than one."""
    starts = [run.start, *run.attempts]
    ends = [*run.waits, run.end][: len(starts)] if len(starts) > 1 else [run.end]
    pairs = list(zip(starts, ends, strict=False))
    return [_run_bar(run, number, len(pairs), *pair) for number, pair in enumerate(pairs, 1)]


def _run_bar(run: Run, number: int, count: int, start: float, end: float | None) -> Bar:
    last = number == count
    ok = run.ok if last else False
    told = facts(
        (_("Function"), run.function),
        (_("Trigger"), run.trigger),
        (_("Attempt"), _("{number} of {count}").format(number=number, count=count) if count > 1 else ""),
        (_("Taken from the queue"), _("time {number}").format(number=run.dequeue_count) if run.dequeue_count else ""),
        (_("Changed documents"), f"{run.container} ({run.count})" if run.container else ""),
        (_("Took"), span(end - start) if end is not None else _("it is running")),
        (_("Why"), (run.where or run.message) if last else _("It failed; the retry policy tried again.")),
        (_("Fault"), _("Its worker was crashed on request.") if last and run.fault else ""),
        (_("Trace"), run.trace),
    )
    return Bar(run_id(run, number), worker_lane(run.pid), "invocation", _label(run, number), start, end, ok, told)


def _label(run: Run, number: int) -> str:
    if number > 1:
        return _("{name} · attempt {number}").format(name=run.function, number=number)
    if (run.dequeue_count or 0) > 1:
        return _("{name} · delivery {number}").format(name=run.function, number=run.dequeue_count)
    return run.function


def run_id(run: Run, number: int = 1) -> str:
    return f"run:{run.id}" if number == 1 else f"run:{run.id}:{number}"


def bar_at(run: Run, moment: float) -> str:
    """The bar of the attempt that ran at a moment."""
    number = sum(start <= moment for start in run.attempts) + 1
    return run_id(run, number)


def host_lane() -> Lane:
    return Lane("host", "host", _("Functions host"))


def marks(entries: Iterable[Entry], pids: set[int | None]) -> Iterator[Bar]:
    """Crashes and recycling of these workers, and cold starts."""
    for entry in entries:
        kind, at = entry["kind"], entry["at"]
        if kind == "worker.cold_start":
            seconds = entry["milliseconds"] / 1000
            label = _("cold start, {span}").format(span=span(seconds))
            yield Bar(f"cold:{entry['number']}", host_lane(), "cold", label, at - seconds, at)
        elif (mark := mark_of(kind)) and entry.get("pid") in pids:
            word, label, ok = mark
            told = facts((_("Worker"), entry["pid"]), (_("What"), label), (_("Why"), entry.get("reason")))
            yield Bar(f"{word}:{entry['number']}", worker_lane(entry["pid"]), word, label, at, at, ok, told)


def mark_of(kind: str) -> tuple[str, str, bool | None] | None:
    """What befell a worker: a bar's kind, its label, and whether it is bad."""
    return {
        "worker.crashed": ("crash", _("killed"), False),
        "worker.recycled": ("recycle", _("recycled"), None),
        "worker.exited": ("exit", _("ended"), False),
    }.get(kind)
