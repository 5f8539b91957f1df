"""The runs of one local GitHub: what each event starts, and what people do with runs."""

import asyncio
import contextlib
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud import extras
from localcloud.bubblewrap import SandboxUnavailable
from localcloud.journal import Journal
from localcloud.messages import _

from ..events import Event
from ..git import ZEROS, GitFailed
from ..models import Status
from ..repository import NotThere
from ..runner import ArtifactStore, CacheStore
from . import contexts, jail, lint, oidc
from .api import ApiOfRuns
from .groups import Groups
from .history import History
from .jail import Limits, Place
from .jobs import EXTRA, repository_of
from .lint import Finding, LintFailed
from .masking import Masks
from .model import (
    CANCELLED,
    COMPLETED,
    FAILURE,
    IN_PROGRESS,
    QUEUED,
    SUCCESS,
    WAITING,
    Annotation,
    JobRun,
    Outside,
    Run,
)
from .plan import planned
from .play import Play, Stage
from .refusals import Refusals
from .sources import Sources, SourcesError, read_sources
from .tokens import TokenServer
from .triggers import DISPATCH, Happened, InputError, checked_inputs, foreign_events, starts
from .web import RunsWeb
from .workflow import Workflow, WorkflowError, read_workflow

if TYPE_CHECKING:
    from ..forge import Forge
    from ..repository import Repository
    from ..runner import Runner

AT_ONCE = 2  # jobs
MOST_RUNS, MOST_RAW = 200, 50  # runs that are kept, and those with their unmasked output
LINTED = 64  # commits whose findings are kept
STATES = {"success": "success", "skipped": "success", "cancelled": "error", "failure": "failure"}
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
        self._folder = forge.folder / "runs"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._history = History(self._folder / "history")
        self.runs: list[Run] = self._history.load(forge)
        self.outside = outside
        self.warning = (
            "" if not problem else _("Jobs run without a sandbox, with your own rights: {why}").format(why=problem)
        )
        if confined is False:
            self.warning = _("Jobs run without a sandbox, with your own rights.")
        self._forge = forge
        self._runner = runner
        self._journal = journal
        self._confined = problem is None
        self._limits = limits or Limits()
        self._plays: dict[int, Play] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting = 0
        self._changed = asyncio.Event()
        self._linted: dict[str, dict[str, list[Finding]]] = {}
        self._counts = {(run.repository.full_name, run.workflow): run.run_number for run in self.runs}
        self._groups = Groups()
        self._places = asyncio.Semaphore(AT_ONCE)
        self.artifacts = ArtifactStore(self._folder / "artifacts")
        self.caches = CacheStore(self._folder / "caches")
        self._tokens = TokenServer(make_token)
        self._said: dict[int, set[str]] = {}  # by run, the names under which something stands beside its commit
        self._readable: list[Path] = []
        self._environments: dict[str, dict[str, str]] = {}
        forge.listeners.append(self.happened)
        forge.runs = ApiOfRuns(self)
        forge.more_routes += RunsWeb(self, forge).routes()

    # -- what starts runs

    async def happened(self, event: Event) -> None:
        """The listener of the forge."""
        if event.after == ZEROS or event.repository.full_name.partition("/")[0] in ("actions", "Azure", "azure"):
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
        await self._start(again, sources, await self._findings(sources))
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
        await self._tokens.stop()
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
        findings = await self._findings(sources)
        waiting = str(event.payload.get("workflow", "")) if event.name == DISPATCH else ""
        for path in [waiting] if waiting else sources.workflows():
            name = await self._wanted(event, path, sources, findings.get(path, []))
            if name is None:
                continue
            key = (repository.full_name, path)
            self._counts[key] = self._counts.get(key, 0) + 1
            run = self._new_run(event, commit, path, name, self._counts[key])
            await self._start(run, sources, findings)
            event.notes.append(self._noted(run))

    async def _wanted(self, event: Event, path: str, sources: Sources, findings: Sequence[Finding]) -> str | None:
        """The name of the workflow if this event starts it, or if a push has a file that GitHub refuses."""
        is_broken = event.name == "push" and any(one.refuses for one in findings)
        try:
            workflow = read_workflow(path, sources.files[path])
            for name in foreign_events(workflow):
                event.notes.append(_("{path}: the event {name} starts nothing here.").format(path=path, name=name))
            happened = _happened(event)
            if is_broken or await starts(workflow, happened, lambda: _changed_paths(event)):
                return workflow.name
        except (WorkflowError, KeyError):
            return path if event.name == "push" else None
        return None

    def _new_run(
        self, event: Event, commit: str, path: str, name: str, run_number: int, attempt: int = 1, number: int = 0
    ) -> Run:
        number = number or max((run.number for run in self.runs), default=0) + 1
        run = Run(number, event, path, name, commit, run_number, attempt, title=_title(event), created_at=time.time())
        run.folder = self.artifacts.of(f"{number}")
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
        play = Play(self._stage(), run, workflow, sources, plan, actions, Masks(tools=self._tools()))
        self._plays[run.number] = play
        self._journal.add(
            "github.run", repository=run.repository.full_name, run=run.number, name=run.name, state="queued"
        )
        for job in run.jobs:
            self._report(run, job)
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
            await asyncio.to_thread(self.caches.prune, run.repository.full_name)
            await asyncio.to_thread(self._history.save, run)
            self._ended(run)

    def _refuse(self, run: Run, annotation: Annotation | None) -> None:
        """Ends a run that does not begin, as GitHub does with a file that it does not take."""
        if annotation is not None and annotation not in run.annotations:
            run.annotations.append(annotation)
        first = next(one for one in run.annotations if one.level == "error")
        where = f"{first.path}:{first.line}: " if first.path and first.line else ""
        run.refused = f"{where}{first.text}" + (f" {first.hint}" if first.hint else "")
        run.status, run.conclusion, run.ended_at = COMPLETED, FAILURE, time.time()
        self._say_of_commit(run, run.name, "failure", run.refused)
        self._history.save(run)
        self._ended(run)

    def _ended(self, run: Run) -> None:
        self._journal.add(
            "github.run",
            repository=run.repository.full_name,
            run=run.number,
            name=run.name,
            state=run.status,
            conclusion=run.conclusion,
            sha=run.sha,
        )
        self._note_change()

    def _report(self, run: Run, job: JobRun) -> None:
        """A job has begun or ended: to the journal, and beside the commit."""
        context = _context(run, job)
        self._forget_names(run)
        if job.status == COMPLETED:
            seconds = max(0, round(job.ended_at - job.started_at)) if job.started_at else 0
            words = {
                SUCCESS: _("Successful in {seconds} s"),
                FAILURE: _("Failing after {seconds} s"),
                CANCELLED: _("Cancelled after {seconds} s"),
            }
            said = words.get(str(job.conclusion), _("Skipped")).format(seconds=seconds)
            self._say_of_commit(run, context, STATES[str(job.conclusion)], said)
        else:
            words = {QUEUED: _("Queued"), WAITING: _("Waits for an approval"), IN_PROGRESS: _("In progress")}
            self._say_of_commit(run, context, "pending", words[job.status])
        self._journal.add(
            "github.job",
            repository=run.repository.full_name,
            run=run.number,
            job=job.name,
            state=job.conclusion or job.status,
        )
        self._note_change()

    def _forget_names(self, run: Run) -> None:
        """Takes away what was said of jobs by the names that they had before their matrix or their name was known."""
        names = {_context(run, job) for job in run.jobs}
        sha, before = _shown_at(run), self._said.setdefault(run.number, set())
        if stale := before - names:
            kept = [one for one in run.repository.statuses.get(sha, ()) if one.context not in stale]
            run.repository.statuses[sha] = kept
        self._said[run.number] = names
        while len(self._said) > MOST_RUNS:
            del self._said[next(iter(self._said))]

    def _say_of_commit(self, run: Run, context: str, state: str, text: str) -> None:
        url = f"{self._forge.url}/{run.repository.full_name}/actions/runs/{run.number}"
        run.repository.set_status(_shown_at(run), Status(context, state, text[:140], url, created_at=time.time()))  # type: ignore[arg-type]

    async def _findings(self, sources: Sources) -> Mapping[str, Sequence[Finding]]:
        """actionlint's, of the workflows of a commit; the same files are looked at once."""
        key = repr(sorted((path, hash(content)) for path, content in sources.files.items()))
        if key not in self._linted:
            try:
                self._linted[key] = await lint.lint(sources, self._folder)
            except (LintFailed, OSError) as error:
                log.warning("Workflows are not linted: %s", error)
                return {}
            while len(self._linted) > LINTED:
                del self._linted[next(iter(self._linted))]
        return self._linted[key]

    def _stage(self) -> Stage:
        return Stage(
            groups=self._groups,
            places=self._places,
            limits=self._limits,
            confined=self._confined,
            server_url=self._forge.url,
            now=time.time,
            place=self._place,
            environment=self.outside.environment,
            home_environment=self._home_environment,
            oidc_variables=self._oidc_variables,
            token=lambda run: self._forge.read_token(run.repository),
            changed=lambda _run: self._note_change(),
            job_changed=self._report,
        )

    def _place(self, run: Run) -> Place:
        ports = [self._forge.port, *self.outside.ports, *([self._tokens.port] if self._tokens.port else [])]
        return Place(
            readable=[*self._tools(), *self.outside.files],
            cache=self.caches.of(run.repository.full_name),
            artifacts=self.artifacts.of(f"{run.number}"),
            ports=list(dict.fromkeys(port for port in ports if port)),
            hidden=[Path(__file__).resolve().parents[2]],
        )

    def _tools(self) -> list[Path]:
        """What a job uses of this computer, besides the system's folders."""
        if not self._readable:  # the runner reads all its sources to say it
            act = Path(extras.environment(EXTRA).command("act")[0])
            self._readable = [*self._runner.readable, act]
        return self._readable

    def _home_environment(self, home: str) -> Mapping[str, str]:
        """Of a job at this home: a new one each time where there is no sandbox."""
        if not self._environments or not self._confined:
            self._environments = {home: self._runner.environment(Path(home))}
        return self._environments[home]

    async def _oidc_variables(self, play: Play, job: JobRun) -> Mapping[str, str]:
        github = contexts.github(play.run, self._forge.url)
        variables = await self._tokens.variables(
            lambda audience: oidc.claims(play.run, job, github, audience, time.time())
        )
        play.masks.add(variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
        return variables

    def _noted(self, run: Run) -> str:
        """What the pusher reads of a run."""
        if run.refused:
            return _("{name}: refused. {why}").format(name=run.name, why=run.refused)
        url = f"{self._forge.url}/{run.repository.full_name}/actions/runs/{run.number}"
        return _("{name}: run {number} starts, {url}").format(name=run.name, number=run.number, url=url)


def _context(run: Run, job: JobRun) -> str:
    """What GitHub calls the check that a job is."""
    return f"{run.name} / {job.name} ({run.event.name})"


def _shown_at(run: Run) -> str:
    """The commit beside which the run is shown: of a pull request its head, and not the merge."""
    return run.event.after if run.event.name == "pull_request" else run.sha


def _wrong_inputs(workflow: Workflow, run: Run) -> list[Annotation]:
    try:
        checked_inputs(workflow, run.event.payload.get("inputs") or {})
    except InputError as error:
        return [Annotation("error", str(error), run.workflow, workflow.line_of_event(DISPATCH))]
    return []


def _happened(event: Event) -> Happened:
    payload = event.payload
    pull = payload.get("pull_request") or {}
    head = payload.get("head_commit") or {}
    return Happened(
        event.name,
        ref=event.ref,
        base=str((pull.get("base") or {}).get("ref", "")),
        action=str(payload.get("action", "")),
        message=str(head.get("message", "")),
    )


async def _changed_paths(event: Event) -> list[str] | None:
    """The paths that a push or a pull request changes; None when that is not known."""
    repository = event.repository
    try:
        if event.name == "pull_request":
            base = str(event.payload["pull_request"]["base"]["sha"])
            span = [f"{base}...{event.after}"]
        elif event.before and event.before != ZEROS:
            span = [event.before, event.after]
        else:
            span = [await _root_of(event), event.after]
        printed = await repository.output("diff", "--name-only", "-z", "--no-renames", *span, "--")
    except (GitFailed, LookupError):
        return None
    paths = printed.decode("utf-8", "replace").split("\0")[:-1]
    return paths if len(paths) <= 3_000 else None


async def _root_of(event: Event) -> str:
    """What a new branch is compared with: the parent of its first commit that is new, else nothing at all."""
    commits = event.payload.get("commits") or []
    first = str(commits[0]["id"]) if commits else event.after
    try:
        return await event.repository.resolve(f"{first}^")
    except LookupError:
        return (await event.repository.git("hash-object", "-t", "tree", "/dev/null")).strip()


def _title(event: Event) -> str:
    if event.name == "pull_request":
        return str(event.payload["pull_request"].get("title", ""))
    head = event.payload.get("head_commit") or {}
    return str(head.get("message", "")).split("\n")[0] or contexts.ref_name(event.ref)


def _invalid(run: Run, error: Exception) -> Annotation | None:
    """Our own reading of the file, where actionlint has found nothing."""
    if any(one.level == "error" for one in run.annotations):
        return None
    if isinstance(error, WorkflowError):
        return Annotation("error", error.text, run.workflow, error.line, title="syntax-check")
    return Annotation("error", _("There is no file {path} in this commit.").format(path=run.workflow), run.workflow)
