"""Plays one run: its jobs in the order of their needs, each when its turn, its approval and a free place have come."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from localcloud.bubblewrap import SandboxUnavailable
from localcloud.extras import ExtraMissing
from localcloud.messages import _

from . import contexts, oidc
from .derived import Need
from .expressions import ExpressionError, Results, condition, text_of, text_of_parts, truth, value_of
from .groups import Groups, OwnGroup, Superseded, Turn
from .jail import Limits
from .jobs import Outcome, Work, perform
from .masking import Masks
from .matrix import MatrixError, combinations, label
from .model import (
    CANCELLED,
    COMPLETED,
    FAILURE,
    IN_PROGRESS,
    QUEUED,
    SKIPPED,
    WAITING,
    Annotation,
    JobRun,
    Run,
    conclusion_of,
)
from .plan import Planned, minutes_of, name_of
from .refusals import LABELS
from .sources import Sources
from .surroundings import Surroundings
from .triggers import DISPATCH, typed_inputs
from .workflow import Job, Workflow

if TYPE_CHECKING:
    from ..models import Environment

USUAL_MINUTES = 360.0
UNUSABLE = (ExpressionError, MatrixError, OwnGroup)


class JobRefused(Exception):
    """A job that cannot run; the text says why."""


@dataclass
class Stage:
    """What all runs of one GitHub share."""

    groups: Groups
    places: asyncio.Semaphore  # how many jobs run at once
    limits: Limits
    around: Surroundings
    now: Callable[[], float]
    changed: Callable[[Run], None]
    job_changed: Callable[[Run, JobRun], None]


@dataclass
class Play:
    """One run. `play` returns when it has ended."""

    stage: Stage
    run: Run
    workflow: Workflow
    sources: Sources
    plan: dict[str, Planned]
    actions: Mapping[str, str]
    masks: Masks
    approvals: dict[int, "asyncio.Future[bool]"] = field(default_factory=dict)  # by id() of the JobRun
    cancelled: bool = False
    why: str = ""
    token: str = ""
    _works: list[Work] = field(default_factory=list)
    _done: dict[str, Need] = field(default_factory=dict)
    _results: dict[str, str] = field(default_factory=dict)
    _tasks: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    _used: float = 0.0  # seconds in which jobs ran
    _active: int = 0
    _late: set[str] = field(default_factory=set)  # jobs that were looked at after the run was cancelled
    _dropped: dict[int, str] = field(default_factory=dict)  # jobs to cancel, by the id() of their list, and why
    _since: float = 0.0

    async def play(self) -> None:
        """The whole run, within its concurrency group."""
        self.token = self.stage.around.read_token(self.run)
        self.masks.add(self.token)
        try:
            concurrency = self.workflow.raw.get("concurrency")
            async with Turn(self.stage.groups, self.run, concurrency, self._contexts(), self.cancel):
                self.run.status, self.run.started_at = IN_PROGRESS, self.stage.now()
                self.stage.changed(self.run)
                await self._jobs()
        except Superseded as error:
            self.cancel(str(error))
        except (JobRefused, *UNUSABLE) as error:
            self.run.annotations.append(Annotation("error", str(error), self.run.workflow))
            self._end_all(FAILURE)
        finally:
            await self._stop_tasks()
            self._end_all(CANCELLED)
            self.run.conclusion, self.run.status = conclusion_of(self.run.jobs), COMPLETED
            self.run.ended_at = self.stage.now()
            self.stage.changed(self.run)

    def cancel(self, why: str) -> None:
        """Ends all jobs: those that run in good order, the others at once."""
        if self.run.status == COMPLETED:
            return
        self.cancelled, self.why = True, self.why or why
        for work in self._works:
            work.cancel(why)
        for future in self.approvals.values():
            if not future.done():
                future.set_result(False)

    def _cancel(self, runs: list[JobRun], why: str) -> None:
        """Ends what runs for these alone."""
        self._dropped[id(runs)] = why
        for work in self._works:
            if work.runs is runs:
                work.cancel(why)

    def approve(self, job: JobRun, granted: bool = True) -> None:
        """Lets a job that waits for it run; ValueError when it does not wait."""
        future = self.approvals.get(id(job))
        if future is None or future.done():
            raise ValueError(_("The job {name} does not wait for an approval.").format(name=job.name))
        future.set_result(granted)

    async def _jobs(self) -> None:
        while len(self._done) < len(self.plan):
            for name, planned in self.plan.items():
                if name not in self._tasks and all(need in self._done for need in planned.job.needs):
                    self._tasks[name] = asyncio.create_task(self._job(planned))
            running = [task for name, task in self._tasks.items() if name not in self._done]
            finished, _others = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                task.result()

    async def _stop_tasks(self) -> None:
        tasks = [task for task in self._tasks.values() if not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _end_all(self, conclusion: str) -> None:
        """Jobs that have not ended never will."""
        for job in self.run.jobs:
            if job.status != COMPLETED:
                self._end(job, conclusion)

    def _end(self, job: JobRun, conclusion: str, reason: str = "") -> None:
        job.status, job.conclusion, job.ended_at = COMPLETED, conclusion, self.stage.now()
        job.started_at = job.started_at or job.ended_at
        job.reason = reason or job.reason
        self.stage.job_changed(self.run, job)

    async def _job(self, planned: Planned) -> None:
        """One job of the file, with all combinations of its matrix."""
        job = planned.job
        outputs: dict[str, str] = {}
        try:
            if self.cancelled:
                self._late.add(job.id)
            if self._holds(job):
                outputs = await self._combinations(planned)
            else:
                for one in planned.runs:
                    self._end(one, SKIPPED if not self.cancelled else CANCELLED)
        except (JobRefused, *UNUSABLE) as error:
            self._refused(planned, str(error))
        result = conclusion_of(planned.runs)
        self._results[job.id] = result
        self._done[job.id] = Need(result, outputs)

    def _refused(self, planned: Planned, text: str) -> None:
        self.run.annotations.append(
            Annotation("error", self.masks.hide(text), self.run.workflow, planned.job.line, title=name_of(planned.job))
        )
        for one in planned.runs:
            if one.status != COMPLETED:
                self._end(one, FAILURE, self.masks.hide(text))

    def _holds(self, job: Job) -> bool:
        """Whether the job's `if` lets it run."""
        needs = [self._results[need] for need in job.needs]
        before = {self._results[one] for one in self._ancestors(job)}
        results = Results(needs, self.cancelled, "failure" in before)
        return condition(job.raw.get("if"), self._contexts(job), results)

    def _ancestors(self, job: Job) -> set[str]:
        found: set[str] = set()
        new = list(job.needs)
        while new:
            name = new.pop()
            if name not in found:
                found.add(name)
                new += self.plan[name].job.needs
        return found

    def _contexts(self, job: Job | None = None, matrix: Mapping[str, Any] | None = None) -> dict[str, Any]:
        inputs = self.run.event.payload.get("inputs") or {}
        found: dict[str, Any] = {
            "github": {**contexts.github(self.run, self.stage.around.server_url), "token": self.token},
            "vars": dict(self.run.repository.variables),
            "inputs": typed_inputs(self.workflow, inputs) if self.run.event.name == DISPATCH else {},
        }
        if job is not None:
            found["needs"] = {need: self._done[need].context() for need in job.needs}
        if matrix is not None:
            found["matrix"] = dict(matrix)
            found["strategy"] = {}
        return found

    async def _combinations(self, planned: Planned) -> dict[str, str]:
        """All combinations of the matrix, at once; outputs of later ones count. One that fails ends the others, unless
        `fail-fast` is false."""
        job = planned.job
        strategy = job.raw.get("strategy")
        if not isinstance(strategy, dict) or "matrix" not in strategy:
            return await self._one(planned, planned.runs, {})
        if job.uses:
            raise JobRefused(_("A matrix over called workflows does not run here: give each call a job of its own."))
        found = self._contexts(job)
        matrices = combinations(value_of(strategy["matrix"], found))
        fail_fast = truth(value_of(strategy.get("fail-fast", True), found))
        most = int(minutes_of(value_of(strategy.get("max-parallel"), found), len(matrices))) or 1
        runs = [JobRun(job.id, f"{job.id} ({label(one)})", planned.runs[0].needs, one) for one in matrices]
        at = self.run.jobs.index(planned.runs[0])
        self.run.jobs[at : at + 1] = runs
        planned.runs[:] = runs
        turns, lists = asyncio.Semaphore(most), [[run] for run in runs]

        async def one(some: list[JobRun]) -> dict[str, str]:
            async with turns:
                outputs = await self._one(planned, some, some[0].matrix)
            if fail_fast and some[0].counts_as == FAILURE:
                for other in lists:
                    if other[0].status != COMPLETED:
                        self._cancel(other, _("Another job of this matrix has failed (fail-fast)."))
            return outputs

        merged: dict[str, str] = {}
        for outputs in await asyncio.gather(*(one(some) for some in lists)):
            merged |= {name: value for name, value in outputs.items() if value or name not in merged}
        return merged

    async def _one(self, planned: Planned, runs: list[JobRun], matrix: Mapping[str, Any]) -> dict[str, str]:
        job, first = planned.job, runs[0]
        found = self._contexts(job, matrix)
        try:
            if isinstance(name := job.raw.get("name"), str) and not job.uses:
                first.name = (
                    text_of_parts(name, found) if "${{" in name else name + (f" ({label(matrix)})" if matrix else "")
                )
            self._check_labels(job, found)
            first.tolerated = truth(value_of(job.raw.get("continue-on-error", False), found))
            environments = [self._environment(run, planned.called.get(_inner(run), job), found) for run in runs]
            if any(one is not None and one.approval for one in environments) and not await self._approved(runs):
                return {}
            cancel = partial(self._cancel, runs)
            async with Turn(self.stage.groups, self.run, job.raw.get("concurrency"), found, cancel, runs):
                return await self._perform(planned, runs, matrix, [one for one in environments if one], found)
        except Superseded as error:
            for run in runs:
                self._end(run, CANCELLED, str(error))
        except (JobRefused, *UNUSABLE) as error:
            self._refused(Planned(job, runs), str(error))
        return {}

    def _environment(self, run: JobRun, job: Job, found: Mapping[str, Any]) -> "Environment | None":
        """The deployment environment that a job names; of a called workflow's job, whose inputs are not known yet, only
        one that is no expression."""
        environment = job.raw.get("environment")
        name = environment.get("name") if isinstance(environment, dict) else environment
        if " / " in run.id and "${{" in str(name):
            return None
        run.environment = text_of(value_of(name, found)).strip()
        return self.run.repository.environment(run.environment) if run.environment else None

    def _check_labels(self, job: Job, found: Mapping[str, Any]) -> None:
        if job.uses:
            return
        labels = value_of(job.raw["runs-on"], found)
        labels = labels.get("labels") if isinstance(labels, dict) else labels
        for one in labels if isinstance(labels, list) else [labels]:
            if text_of(one).lower() not in LABELS:
                raise JobRefused(
                    _("There is no runner for '{label}' here. Take ubuntu-latest.").format(label=text_of(one))
                )

    async def _approved(self, runs: list[JobRun]) -> bool:
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        for run in runs:
            self.approvals[id(run)] = future
            run.status, run.reason = WAITING, _("waits for an approval")
            self.stage.job_changed(self.run, run)
        self._wait()
        granted = not self.cancelled and await future
        for run in runs:
            run.status, run.reason = QUEUED, ""
            if not granted:
                self._end(run, CANCELLED if self.cancelled else FAILURE, self.why or _("was not approved"))
        self._wait()
        return granted

    def _wait(self) -> None:
        """The run waits when nothing of it runs and a job waits for an approval."""
        states = {job.status for job in self.run.jobs}
        self.run.status = WAITING if WAITING in states and IN_PROGRESS not in states else IN_PROGRESS
        self.stage.changed(self.run)

    async def _perform(
        self,
        planned: Planned,
        runs: list[JobRun],
        matrix: Mapping[str, Any],
        environments: "Sequence[Environment]",
        found: Mapping[str, Any],
    ) -> dict[str, str]:
        """Runs it in a jail once there is a place."""
        async with self.stage.places:
            if (self.cancelled and planned.job.id not in self._late) or id(runs) in self._dropped:
                for run in runs:
                    self._end(run, CANCELLED, self.why or self._dropped.get(id(runs), ""))
                return {}
            work = await self._work(planned, runs, matrix, environments, found)
            self._works.append(work)
            self._start_clock()
            try:
                minutes = minutes_of(value_of(planned.job.raw.get("timeout-minutes"), found), USUAL_MINUTES)
                outcome = await self._within(work, minutes)
            finally:
                self._stop_clock()
        for run in runs:
            inner = planned.called.get(_inner(run))
            if planned.job.uses and inner is not None:
                run.tolerated = inner.raw.get("continue-on-error") is True
            if run.status != COMPLETED:
                self._end(run, outcome.conclusion)
            self.stage.job_changed(self.run, run)
        self._wait()
        return outcome.outputs

    async def _within(self, work: Work, minutes: float) -> Outcome:
        limits = self.stage.limits
        left = max(1.0, limits.seconds - self._used - (asyncio.get_running_loop().time() - self._since))
        seconds = min(minutes * 60, left)
        work.time_out_text = limits.told("wall")
        if seconds < left:
            text = _("The job has exceeded its maximum execution time (timeout-minutes: {minutes:g}).")
            work.time_out_text = text.format(minutes=minutes)
        for run in work.runs[:1]:
            run.status, run.started_at = IN_PROGRESS, self.stage.now()
        self._wait()
        self.stage.job_changed(self.run, work.runs[0])
        try:
            around = self.stage.around
            return await perform(work, around.place(self.run), limits, seconds, around.confined, around.environment)
        except (SandboxUnavailable, ExtraMissing, OSError, asyncio.TimeoutError) as error:
            text = _("The job could not start: {text}").format(text=str(error) or type(error).__name__)
            raise JobRefused(text) from error

    async def _work(
        self,
        planned: Planned,
        runs: list[JobRun],
        matrix: Mapping[str, Any],
        environments: "Sequence[Environment]",
        found: Mapping[str, Any],
    ) -> Work:
        repository, job = self.run.repository, planned.job
        secrets, variables = dict(repository.secrets), dict(repository.variables)
        for environment in environments:  # of a called workflow, those of all its jobs
            secrets |= environment.secrets
            variables |= environment.variables
        secrets["GITHUB_TOKEN"] = self.token
        for secret in secrets.values():
            self.masks.add(secret)
        extra: Mapping[str, str] = {}
        if oidc.may_ask(self.workflow.raw.get("permissions"), job.raw.get("permissions")):
            extra = await self.stage.around.oidc_variables(self.run, runs[0], self.masks)
        return Work(
            run=self.run,
            workflow=self.workflow,
            job=job,
            runs=runs,
            called=planned.called,
            matrix=matrix,
            needs={need: self._done[need] for need in job.needs},
            environment={**self.stage.around.outside.environment, **extra},
            variables=contexts.variables(found["github"]),
            secrets={name.upper(): value for name, value in secrets.items()},
            vars=variables,
            actions=self.actions,
            files=self.sources.files,
            masks=self.masks,
            now=self.stage.now,
            on_change=lambda: self.stage.changed(self.run),
        )

    def _start_clock(self) -> None:
        if not self._active:
            self._since = asyncio.get_running_loop().time()
        self._active += 1

    def _stop_clock(self) -> None:
        self._active -= 1
        if not self._active:
            self._used += asyncio.get_running_loop().time() - self._since


def _inner(run: JobRun) -> str:
    """The id of a called workflow's job in its own file."""
    return run.id.split(" / ")[-1]
