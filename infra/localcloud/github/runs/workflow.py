"""A workflow file: what starts it, and its jobs. Only its structure is looked at; actionlint knows the rest."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from localcloud.messages import _

from .yaml_file import Mapping, Sequence, YamlError, read_yaml

FOLDER = ".github/workflows"
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
MOST_JOBS, MOST_STEPS = 64, 256


class WorkflowError(ValueError):
    """The file is no workflow that GitHub takes."""

    def __init__(self, text: str, line: int = 1, column: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.line = line
        self.column = column


@dataclass(frozen=True)
class Step:
    """One step of a job or of a composite action."""

    key: str  # its id, or its place among the steps: what act calls it
    label: str  # what people read, as it stands in the file
    uses: str
    line: int
    raw: Mapping


@dataclass(frozen=True)
class Job:
    """One job, or the call of a reusable workflow (`uses`)."""

    id: str
    line: int
    raw: Mapping
    needs: tuple[str, ...] = ()
    uses: str = ""
    steps: tuple[Step, ...] = ()

    def line_of(self, key: str) -> int:
        return self.raw.lines.get(key, self.line)


@dataclass(frozen=True)
class Workflow:
    """One file."""

    path: str
    name: str
    raw: Mapping
    events: dict[str, Any] = field(default_factory=dict)  # what stands at `on`, by event
    jobs: dict[str, Job] = field(default_factory=dict)

    def line_of_event(self, event: str) -> int:
        on = self.raw.get("on")
        return on.lines.get(event, 1) if isinstance(on, Mapping) else self.raw.lines.get("on", 1)


def is_workflow(path: str) -> bool:
    """Whether GitHub reads this path as a workflow."""
    place = PurePosixPath(path)
    return str(place.parent) == FOLDER and place.suffix in (".yml", ".yaml")


@lru_cache(maxsize=64)
def read_workflow(path: str, content: bytes) -> Workflow:
    """The workflow in the file, which nobody changes; WorkflowError."""
    try:
        raw = read_yaml(content)
    except YamlError as error:
        raise WorkflowError(error.text, error.line, error.column) from error
    if not isinstance(raw, Mapping):
        raise WorkflowError(_("A workflow is a mapping with the keys on and jobs."))
    for key in ("on", "jobs"):
        if key not in raw:
            raise WorkflowError(_("The key {key} is missing.").format(key=key))
    events, jobs = _events(raw), _jobs(raw)
    _check_needs(jobs)
    name = raw.get("name")
    return Workflow(path, name if isinstance(name, str) and name.strip() else path, raw, events, jobs)


def _events(raw: Mapping) -> dict[str, Any]:
    """`on` as a word, a list or a mapping."""
    on, line = raw["on"], raw.lines["on"]
    if isinstance(on, str):
        return {on: None}
    if isinstance(on, Sequence) and on and all(isinstance(one, str) for one in on):
        return dict.fromkeys(on)
    if isinstance(on, Mapping) and on:
        return dict(on)
    raise WorkflowError(_("on must name one event, a list of events, or events with their filters."), line)


def _jobs(raw: Mapping) -> dict[str, Job]:
    found = raw["jobs"]
    if not isinstance(found, Mapping) or not found:
        raise WorkflowError(_("jobs must be a mapping with at least one job."), raw.lines["jobs"])
    if len(found) > MOST_JOBS:
        raise WorkflowError(_("A workflow may have {limit} jobs here.").format(limit=MOST_JOBS), raw.lines["jobs"])
    return {name: _job(name, value, found.lines[name]) for name, value in found.items()}


def _job(name: str, raw: Any, line: int) -> Job:
    if not IDENTIFIER.fullmatch(name):
        raise WorkflowError(
            _("'{name}' is no id of a job: letters, digits, - and _, a letter or _ first.").format(name=name), line
        )
    if not isinstance(raw, Mapping):
        raise WorkflowError(_("The job {name} must be a mapping.").format(name=name), line)
    needs = raw.get("needs") or []
    needs = [needs] if isinstance(needs, str) else needs
    if not isinstance(needs, list) or not all(isinstance(one, str) for one in needs):
        raise WorkflowError(_("needs must be a job or a list of jobs."), raw.lines["needs"])
    uses = raw.get("uses")
    if isinstance(uses, str) and uses:
        return Job(name, line, raw, tuple(needs), uses)
    if "runs-on" not in raw or not raw["runs-on"]:
        raise WorkflowError(_("The job {name} has no runs-on.").format(name=name), line)
    return Job(name, line, raw, tuple(needs), steps=read_steps(raw, name))


def read_steps(raw: Mapping, where: str) -> tuple[Step, ...]:
    """The steps at the key `steps`; WorkflowError."""
    steps = raw.get("steps")
    line = raw.lines.get("steps", raw.line)
    if not isinstance(steps, Sequence) or not steps:
        raise WorkflowError(_("{name} has no steps.").format(name=where), line)
    if len(steps) > MOST_STEPS:
        raise WorkflowError(_("{name} may have {limit} steps here.").format(name=where, limit=MOST_STEPS), line)
    found: list[Step] = []
    for place, (step, line) in enumerate(zip(steps, steps.lines, strict=True)):
        found.append(_step(place, step, line, where))
    keys = [step.key for step in found]
    for step in found:
        if keys.count(step.key) > 1:
            raise WorkflowError(_("Two steps have the id {id}.").format(id=step.key), step.line)
    return tuple(found)


def _step(place: int, raw: Any, line: int, where: str) -> Step:
    if not isinstance(raw, Mapping):
        raise WorkflowError(_("Step {number} of {name} must be a mapping.").format(number=place + 1, name=where), line)
    run, uses, name, key = (raw.get(one) for one in ("run", "uses", "name", "id"))
    if isinstance(run, str) == isinstance(uses, str):
        raise WorkflowError(
            _("Step {number} of {name} needs either run or uses.").format(number=place + 1, name=where), line
        )
    if key is not None and not (isinstance(key, str) and IDENTIFIER.fullmatch(key)):
        raise WorkflowError(_("'{id}' is no id of a step.").format(id=key), line)
    what = uses if isinstance(uses, str) else next(iter(str(run).strip().splitlines()), "")
    label = name if isinstance(name, str) and name else f"Run {what}"
    return Step(key or str(place), label, uses if isinstance(uses, str) else "", line, raw)


def _check_needs(jobs: dict[str, Job]) -> None:
    for job in jobs.values():
        for need in job.needs:
            if need not in jobs:
                raise WorkflowError(
                    _("The job {name} needs {need}, which is no job of this file.").format(name=job.id, need=need),
                    job.line_of("needs"),
                )
    done: set[str] = set()
    while len(done) < len(jobs):
        ready = [job.id for job in jobs.values() if job.id not in done and done.issuperset(job.needs)]
        if not ready:
            stuck = [job for job in jobs.values() if job.id not in done]
            names = ", ".join(job.id for job in stuck)
            raise WorkflowError(
                _("These jobs need each other: {names}.").format(names=names), stuck[0].line_of("needs")
            )
        done.update(ready)
