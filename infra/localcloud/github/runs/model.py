"""A run of a workflow, its jobs and their steps, as people and checks see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ..events import Event

QUEUED, WAITING, IN_PROGRESS, COMPLETED = "queued", "waiting", "in_progress", "completed"
SUCCESS, FAILURE, CANCELLED, SKIPPED = "success", "failure", "cancelled", "skipped"
Level = Literal["error", "warning", "notice"]


@dataclass(frozen=True)
class Outside:
    """What a job may reach of this computer, and how."""

    environment: Mapping[str, str] = field(default_factory=dict)  # such as HTTPS_PROXY and where the CA is
    ports: tuple[int, ...] = ()  # of this computer's loopback, at the same number inside; the forge's is added
    files: tuple[Path, ...] = ()  # readable inside at the same path


@dataclass(frozen=True)
class Annotation:
    """A message beside a run, perhaps about a line of a file."""

    level: Level
    text: str
    path: str = ""
    line: int = 0
    title: str = ""
    hint: str = ""  # what to try next

    @property
    def as_line(self) -> str:
        """All of it in one line: where, what, and what to try next."""
        where = f"{self.path}:{self.line}: " if self.path and self.line else ""
        if not self.hint:
            return f"{where}{self.text}"
        end = "" if self.text.endswith((".", "!", "?")) else "."
        return f"{where}{self.text}{end} {self.hint}"

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass
class StepRun:
    """One step of a job that runs or has run."""

    name: str
    status: str = QUEUED
    conclusion: str | None = None
    log: list[str] = field(default_factory=list)  # lines, masked
    seconds: float = 0.0
    number: int = 0

    def to_json(self, log: bool = False) -> dict[str, Any]:
        facts = {key: getattr(self, key) for key in ("name", "status", "conclusion", "seconds", "number")}
        return {**facts, "lines": len(self.log), **({"log": self.log} if log else {})}


@dataclass
class JobRun:
    """One job of a run: one combination of its matrix, if it has one."""

    id: str  # of the job in the file; `call / job` in a reusable workflow
    name: str
    needs: tuple[str, ...] = ()
    matrix: dict[str, Any] = field(default_factory=dict)
    status: str = QUEUED
    conclusion: str | None = None
    steps: list[StepRun] = field(default_factory=list)
    environment: str = ""  # the deployment environment that it names
    tolerated: bool = False  # `continue-on-error`: its failure is not the run's
    started_at: float = 0.0
    ended_at: float = 0.0
    outputs: dict[str, str] = field(default_factory=dict)
    reason: str = ""  # why it waits, or was not run

    @property
    def counts_as(self) -> str:
        """The result that later jobs and the run see."""
        return SUCCESS if self.tolerated and self.conclusion == FAILURE else self.conclusion or ""

    def to_json(self) -> dict[str, Any]:
        keys = ("id", "name", "matrix", "status", "conclusion", "environment", "started_at", "ended_at", "reason")
        return {
            **{key: getattr(self, key) for key in keys},
            "needs": list(self.needs),
            "steps": [step.to_json() for step in self.steps],
        }


@dataclass
class Run:
    """One run of one workflow."""

    number: int  # of all runs of this GitHub: the run's id as well
    event: "Event"
    workflow: str  # the path of its file
    name: str
    sha: str
    run_number: int = 1  # of the runs of this workflow
    attempt: int = 1
    title: str = ""
    status: str = QUEUED
    conclusion: str | None = None
    jobs: list[JobRun] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    summary: str = ""  # Markdown of all jobs, masked
    refused: str | None = None  # why nothing of it was run
    created_at: float = 0.0
    started_at: float = 0.0
    ended_at: float = 0.0
    folder: Path | None = None  # its artifacts
    raw: list[str] = field(default_factory=list, repr=False)  # what steps printed, before masking
    printed: int = 0  # bytes that act has written so far

    @property
    def repository(self) -> Any:
        return self.event.repository

    def unmasked_output(self) -> str:
        """What the steps printed and wrote into summaries and outputs, as they did: for checks that look for secrets.
        It is kept in memory alone."""
        return "\n".join(self.raw)

    def failed_step(self) -> tuple[JobRun, StepRun] | None:
        """The first step that failed."""
        steps = ((job, step) for job in self.jobs for step in job.steps)
        return next((one for one in steps if one[1].conclusion == FAILURE), None)

    def to_json(self) -> dict[str, Any]:
        keys = (
            *("number", "workflow", "name", "sha", "run_number", "attempt", "title", "status", "conclusion"),
            *("summary", "refused", "created_at", "started_at", "ended_at"),
        )
        return {
            **{key: getattr(self, key) for key in keys},
            "repository": self.event.repository.full_name,
            "event": self.event.name,
            "ref": self.event.ref,
            "actor": self.event.actor,
            "jobs": [job.to_json() for job in self.jobs],
            "annotations": [one.to_json() for one in self.annotations],
        }


def conclusion_of(jobs: Sequence[JobRun]) -> str:
    """A run's, of its jobs'."""
    results = {job.counts_as for job in jobs}
    for one in (FAILURE, CANCELLED, SUCCESS):
        if one in results:
            return one
    return SKIPPED
