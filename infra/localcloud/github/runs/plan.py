"""The jobs of a run before it starts: names, order, and those of called workflows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .expressions import PART
from .model import JobRun
from .sources import Sources
from .workflow import Job, Workflow, read_workflow


@dataclass
class Planned:
    """One job of the workflow's file."""

    job: Job
    runs: list[JobRun]  # one, or those of the called workflow's jobs, or of the matrix once that is known
    called: Mapping[str, Job] = field(default_factory=dict)  # the jobs whose events belong to `runs`


def planned(workflow: Workflow, sources: Sources) -> dict[str, Planned]:
    """All jobs of a workflow that is not refused."""
    return {name: _planned(job, workflow, sources) for name, job in workflow.jobs.items()}


def _planned(job: Job, workflow: Workflow, sources: Sources) -> Planned:
    needs = tuple(_last_of(need, workflow, sources) for need in job.needs)
    flat_needs = tuple(one for some in needs for one in some)
    if not job.uses:
        return Planned(job, [JobRun(job.id, name_of(job), flat_needs)], {job.id: job})
    called: dict[str, Job] = {}
    runs: list[JobRun] = []
    for path, inner in _called(job, sources):
        if inner.id in called:
            continue  # two called files have a job of this name: their events cannot be told apart
        called[inner.id] = inner
        wanted = tuple(f"{path} / {need}" for need in inner.needs) or flat_needs
        runs.append(JobRun(f"{path} / {inner.id}", f"{path} / {name_of(inner)}", wanted))
    return Planned(job, runs, called)


def _called(job: Job, sources: Sources, path: str = "") -> Iterator[tuple[str, Job]]:
    """The jobs of the called workflow, and of those that it calls."""
    path = f"{path} / {name_of(job)}" if path else name_of(job)
    callee = read_workflow(job.uses.removeprefix("./"), sources.files[job.uses.removeprefix("./")])
    for inner in callee.jobs.values():
        if inner.uses:
            yield from _called(inner, sources, path)
        else:
            yield path, inner


def _last_of(need: str, workflow: Workflow, sources: Sources) -> tuple[str, ...]:
    """The ids, in the graph, of a job that is needed: of a called workflow its jobs that no other needs."""
    job = workflow.jobs[need]
    if not job.uses:
        return (need,)
    inner = list(_called(job, sources))
    needed = {f"{path} / {one}" for path, each in inner for one in each.needs}
    return tuple(name for path, each in inner if (name := f"{path} / {each.id}") not in needed)


def name_of(job: Job) -> str:
    name = job.raw.get("name")
    return name if isinstance(name, str) and name and not PART.search(name) else job.id


def minutes_of(value: Any, usual: float) -> float:
    """`timeout-minutes`, a number or the text of one."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return usual
