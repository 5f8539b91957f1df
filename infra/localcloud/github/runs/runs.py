"""The runs of one local GitHub: what each event starts, and what people do with runs."""

import asyncio
import contextlib
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from localcloud import extras
from localcloud.bubblewrap import SandboxUnavailable
from localcloud.journal import Journal
from localcloud.messages import _

from ..events import Event
from ..git import ZEROS, GitFailed
from ..repository import NotThere
from . import jail, oidc
from .api import ApiOfRuns
from .groups import Groups
from .happened import changed_paths, happened, title_of
from .history import History
from .jail import Limits
from .jobs import EXTRA, repository_of
from .lint import Finding, Linter
from .masking import Masks
from .model import CANCELLED, COMPLETED, FAILURE, IN_PROGRESS, QUEUED, Annotation, JobRun, Outside, Run
from .plan import planned
from .play import Play, Stage
from .refusals import Refusals
from .remarks import remarks
from .reports import Reports, findings_to_pusher
from .sources import Sources, SourcesError, read_sources
from .surroundings import Surroundings
from .triggers import DISPATCH, InputError, checked_inputs, foreign_events, starts
from .web import RunsWeb
from .workflow import Workflow, WorkflowError, read_workflow

if TYPE_CHECKING:
    from ..forge import Forge
    from ..repository import Repository
    from ..runner import ArtifactStore, Runner

AT_ONCE = 2  # jobs
MOST_RUNS, MOST_RAW = 200, 50  # runs that are kept, and those with their unmasked output
log = logging.getLogger("runs")


class Runs:
    """Turns the forge's events into runs. `stop` ends all; nothing of them stays running.

    With `confined` each job has a bubblewrap of its own, or SandboxUnavailable says why not; None means: with it where
    there is one, else without, after a warning beside each run."""

    def __init__(
        self,
        forge: "Forge",
        runner: "Runner",
        outside: Outside,
        journal: Journal,
        *,
        confined: bool | None = None,
        limits: Limits | None = None,
        make_token: oidc.MakeToken = oidc.unsigned,
    ) -> None:
        problem = jail.available() if confined is not False else ""
        if confined and problem:
            raise SandboxUnavailable(problem)
        folder = forge.folder / "runs"
        folder.mkdir(parents=True, exist_ok=True)
        self._history = History(folder / "history")
        self.runs: list[Run] = self._history.load(forge)
        self.warning = (
            "" if not problem else _("Jobs run without a sandbox, with your own rights: {why}").format(why=problem)
        )
        if confined is False:
            self.warning = _("Jobs run without a sandbox, with your own rights.")
        self._forge = forge
        self._runner = runner
        self._reports = Reports(forge, journal)
        self._end_lost()
        self._linter = Linter(folder)
        self._around = Surroundings(forge, runner, outside, folder, problem is None, make_token)
        for run in self.runs:
            run.folder = self.artifacts.of(f"{run.number}")
        self._limits = limits or Limits()
        self._plays: dict[int, Play] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting = 0
        self._changed = asyncio.Event()
        self._counts = {(run.repository.full_name, run.workflow): run.run_number for run in self.runs}
        self._groups = Groups()
        self._places = asyncio.Semaphore(AT_ONCE)
        forge.listeners.append(self.happened)
        forge.runs = ApiOfRuns(self)
        forge.more_routes += RunsWeb(self, forge).routes()

    @property
    def artifacts(self) -> "ArtifactStore":
        """Those of all runs, each by its number."""
        return self._around.artifacts

    # -- what starts runs

    async def happened(self, event: Event) -> None:
        """The listener of the forge."""
        if event.after == ZEROS:
            return
        self._starting += 1
        try:
            await self._start_all(event)
        finally:
            self._starting -= 1
            self._note_change()

    async def dispatch(
        self,
        repository: "Repository",
        workflow: str,
        ref: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        actor: str = "camp",
    ) -> Run:
        """Starts a workflow by hand; `workflow` is its path or the name of its file. InputError."""
        path = workflow if "/" in workflow else f".github/workflows/{workflow}"
        ref = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
        sources = await read_sources(repository, await repository.resolve(f"{ref}^{{commit}}"))
        if path not in sources.files:
            raise InputError(_("There is no workflow {path} on {ref}.").format(path=path, ref=ref))
        try:
            found = read_workflow(path, sources.files[path])
        except WorkflowError as error:
            raise InputError(f"{path}:{error.line}: {error.text}") from error
        if DISPATCH not in found.events:
            raise InputError(_("{path} has no workflow_dispatch under on.").format(path=path))
        await self._forge.dispatch(repository, path, ref, checked_inputs(found, inputs or {}), actor=actor)
        return self.runs[-1]

    async def rerun(self, run: Run) -> Run:
        """Runs all jobs of a run that has ended again, with the same commit and the same event."""
        if run.status != COMPLETED:
            raise ValueError(_("Run {number} has not ended yet.").format(number=run.number))
        self.runs.remove(run)
        again = self._new_run(run.event, run.sha, run.workflow, run.name, run.run_number, run.attempt + 1, run.number)
        sources = await read_sources(run.repository, run.sha)
        await self._start(again, sources, await self._linter.findings(sources))
        return again

    async def cancel(self, run: Run) -> None:
        """Ends a run; steps that always run still do."""
        if play := self._plays.get(run.number):
            play.cancel(_("The run was cancelled."))

    async def approve(self, run: Run, job: JobRun | str, granted: bool = True) -> None:
        """Lets a job run that waits for it, or (`granted` is False) fail; ValueError when it does not wait."""
        play = self._plays.get(run.number)
        found = job if isinstance(job, JobRun) else next((one for one in run.jobs if job in (one.id, one.name)), None)
        if play is None or found is None:
            raise ValueError(
                _("No job {name} waits for an approval.").format(name=job if isinstance(job, str) else job.name)
            )
        play.approve(found, granted)

    def find(self, number: int) -> Run | None:
        return next((run for run in self.runs if run.number == number), None)

    # -- waiting for them

    async def idle(self, timeout: float) -> None:
        """Returns once every run has ended or waits for an approval; TimeoutError."""
        try:
            await asyncio.wait_for(self._idle(), timeout)
        except asyncio.TimeoutError:
            busy = ", ".join(
                f"{run.number} ({run.name}: {run.status})" for run in self.runs if run.status in (QUEUED, IN_PROGRESS)
            )
            raise TimeoutError(_("These runs have not ended: {runs}").format(runs=busy or "-")) from None

    async def stop(self) -> None:
        """Ends all runs at once."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._around.stop()
        with contextlib.suppress(ValueError):
            self._forge.listeners.remove(self.happened)

    # -- inside

    async def _idle(self) -> None:
        while self._starting or any(run.status in (QUEUED, IN_PROGRESS) for run in self.runs):
            await self._changed.wait()

    def _note_change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _start_all(self, event: Event) -> None:
        repository = event.repository
        try:
            commit = await repository.resolve(f"{event.sha}^{{commit}}")  # a tag may be an object of its own
            sources = await read_sources(repository, commit)
        except (SourcesError, GitFailed, NotThere) as error:
            event.notes.append(str(error))
            return
        findings = await self._linter.findings(sources)
        waiting = str(event.payload.get("workflow", "")) if event.name == DISPATCH else ""
        started: dict[str, Run] = {}
        for path in [waiting] if waiting else sources.workflows():
            name = await self._wanted(event, path, sources, findings.get(path, []))
            if name is None:
                continue
            key = (repository.full_name, path)
            self._counts[key] = self._counts.get(key, 0) + 1
            run = started[path] = self._new_run(event, commit, path, name, self._counts[key])
            await self._start(run, sources, findings)
            event.notes.append(self._reports.to_pusher(run))
        if event.name == "push":
            event.notes.extend(findings_to_pusher(started.values(), _of_others(findings, started)))

    async def _wanted(self, event: Event, path: str, sources: Sources, findings: Sequence[Finding]) -> str | None:
        """The name of the workflow if this event starts it, or if a push has a file that GitHub refuses."""
        is_broken = event.name == "push" and any(one.refuses for one in findings)
        try:
            workflow = read_workflow(path, sources.files[path])
            for name in foreign_events(workflow):
                event.notes.append(_("{path}: the event {name} starts nothing here.").format(path=path, name=name))
            if is_broken or await starts(workflow, happened(event), lambda: changed_paths(event)):
                return workflow.name
        except (WorkflowError, KeyError):
            return path if event.name == "push" else None
        return None

    def _new_run(
        self, event: Event, commit: str, path: str, name: str, run_number: int, attempt: int = 1, number: int = 0
    ) -> Run:
        number = number or max((run.number for run in self.runs), default=0) + 1
        run = Run(number, event, path, name, commit, run_number, attempt, title=title_of(event), created_at=time.time())
        run.folder = self._around.artifacts.emptied(f"{number}")
        self.runs.append(run)
        self.runs.sort(key=lambda one: one.number)
        self._forget_old()
        return run

    def _forget_old(self) -> None:
        ended = [run for run in self.runs if run.status == COMPLETED]
        for run in ended[:-MOST_RAW]:
            run.raw.clear()
        for run in ended[: max(0, len(self.runs) - MOST_RUNS)]:
            self.runs.remove(run)
            self._history.forget(run)
            if run.folder:
                shutil.rmtree(run.folder, ignore_errors=True)

    async def _start(self, run: Run, sources: Sources, findings: Mapping[str, Sequence[Finding]]) -> None:
        """Starts a run, or refuses it."""
        if self.warning:
            run.annotations.append(Annotation("warning", self.warning))
        run.annotations += [one.annotation() for one in findings.get(run.workflow, [])]
        try:
            workflow = read_workflow(run.workflow, sources.files[run.workflow])
        except (WorkflowError, KeyError) as error:
            self._refuse(run, _invalid(run, error))
            return
        refusals = Refusals(sources, self._runner.known_action)
        reasons = [one for one in run.annotations if one.level == "error"] or refusals.of(workflow)
        if run.event.name == DISPATCH and not reasons:
            reasons = _wrong_inputs(workflow, run)
        if reasons:
            run.annotations += [one for one in reasons if one not in run.annotations]
            self._refuse(run, None)
            return
        run.annotations += remarks(workflow, sources, run.repository)
        try:
            actions = {
                repository_of(uses): str(self._runner.known_action(repository_of(uses)))
                for uses in sorted(refusals.uses)
            }
            await asyncio.to_thread(extras.ensure, EXTRA, log.info)
        except extras.ExtraMissing as error:
            self._refuse(run, Annotation("error", str(error), run.workflow))
            return
        plan = planned(workflow, sources)
        run.jobs = [job for one in plan.values() for job in one.runs]
        play = Play(self._stage(), run, workflow, sources, plan, actions, Masks(tools=self._around.tools()))
        self._plays[run.number] = play
        self._history.save(run)
        self._reports.queued(run)
        self._note_change()
        task = asyncio.create_task(self._play(play))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _play(self, play: Play) -> None:
        run = play.run
        try:
            await play.play()
        except Exception as error:  # a fault of ours: it is this run's end, and never another's
            log.exception("Run %s", run.number)
            run.annotations.append(Annotation("error", _("The camp failed: {error}").format(error=repr(error))))
            run.status, run.conclusion = COMPLETED, FAILURE
        finally:
            if run.status != COMPLETED:
                run.status, run.conclusion = COMPLETED, CANCELLED
            self._plays.pop(run.number, None)
            await asyncio.to_thread(self._around.caches.prune, run.repository.full_name)
            await asyncio.to_thread(self._history.save, run)
            self._ended(run)

    def _end_lost(self) -> None:
        """Runs that were going on when the camp was ended at once: nothing of them runs any more."""
        for run in self.runs:
            if run.status != COMPLETED:
                text = _("The camp ended while this run was going on. Start it again.")
                run.annotations.append(Annotation("error", text))
                for job in run.jobs:
                    job.status, job.conclusion = COMPLETED, CANCELLED
                run.status, run.conclusion = COMPLETED, CANCELLED
                self._reports.lost(run, text)
                self._history.save(run)

    def _refuse(self, run: Run, annotation: Annotation | None) -> None:
        """Ends a run that does not begin, as GitHub does with a file that it does not take."""
        if annotation is not None and annotation not in run.annotations:
            run.annotations.append(annotation)
        run.refused = next(one.as_line for one in run.annotations if one.level == "error")
        run.status, run.conclusion, run.ended_at = COMPLETED, FAILURE, time.time()
        self._reports.refused(run, run.refused)
        self._history.save(run)
        self._ended(run)

    def _ended(self, run: Run) -> None:
        self._reports.ended(run)
        self._note_change()

    def _job_changed(self, run: Run, job: JobRun) -> None:
        self._reports.job(run, job)
        self._note_change()

    def _stage(self) -> Stage:
        return Stage(
            groups=self._groups,
            places=self._places,
            limits=self._limits,
            around=self._around,
            now=time.time,
            changed=lambda _run: self._note_change(),
            job_changed=self._job_changed,
        )


def _of_others(findings: Mapping[str, Sequence[Finding]], started: Mapping[str, Run]) -> list[Annotation]:
    """What is found in files that this event does not start."""
    return [one.annotation() for path, some in findings.items() if path not in started for one in some]


def _wrong_inputs(workflow: Workflow, run: Run) -> list[Annotation]:
    try:
        checked_inputs(workflow, run.event.payload.get("inputs") or {})
    except InputError as error:
        return [Annotation("error", str(error), run.workflow, workflow.line_of_event(DISPATCH))]
    return []


def _invalid(run: Run, error: Exception) -> Annotation | None:
    """Our own reading of the file, where actionlint has found nothing."""
    if any(one.level == "error" for one in run.annotations):
        return None
    if isinstance(error, WorkflowError):
        return Annotation("error", error.text, run.workflow, error.line, title="syntax-check")
    return Annotation("error", _("There is no file {path} in this commit.").format(path=run.workflow), run.workflow)
