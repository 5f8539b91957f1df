"""One job of a run in its jail: the file and the command of act, and what comes of it."""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud import extras
from localcloud.messages import _

from .act_events import Heard, read_event
from .derived import ANSWER, LAST, Need, derived
from .jail import ACT_PRINTS, Jail, Limits, Place, Task
from .masking import Masks, without_escapes
from .matrix import label
from .model import CANCELLED, FAILURE, SKIPPED, Annotation, JobRun, Run, conclusion_of
from .refusals import LABELS
from .workflow import FOLDER, Job, Workflow

EXTRA = "act"
NO_QUESTIONS = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}  # act gives steps a terminal, GitHub none
GRACE_SECONDS = 8.0  # for the steps that always run, after a job was cancelled
MOST_OUTPUTS = 256 * 1024
REPOSITORY = re.compile(r"([^/@]+/[^/@]+)(?:/[^@]*)?@(.+)")
RUN_PRINTS = 4  # times what one job may print, a run may
USELESS = re.compile(r"^(?:Error: )?(?:Job '.*' failed|exit status \d+)$")


@dataclass
class Work:
    """What is known of a job, or of the call of a reusable workflow, when it starts."""

    run: Run
    workflow: Workflow
    job: Job
    runs: list[JobRun]  # the job's one, or those of the jobs of the called workflow
    called: Mapping[str, Job]  # those jobs by id; for a job, itself
    matrix: Mapping[str, Any]
    needs: Mapping[str, Need]
    environment: Mapping[str, str]  # of the process, without what depends on its home
    variables: Mapping[str, str]  # for act's `--env`
    secrets: Mapping[str, str]
    vars: Mapping[str, str]
    actions: Mapping[str, str]  # the folder of each action, by `owner/name@ref`
    files: Mapping[str, bytes]  # the workflows of the commit
    masks: Masks
    now: Callable[[], float]
    on_change: Callable[[], None]
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    why: str = ""  # of the cancellation
    timed_out: bool = False
    time_out_text: str = ""

    def cancel(self, why: str) -> None:
        self.why = self.why or why
        self.cancelled.set()


@dataclass(frozen=True)
class Outcome:
    """How it ended."""

    conclusion: str
    outputs: dict[str, str]


async def perform(
    work: Work,
    place: Place,
    limits: Limits,
    seconds: float,
    confined: bool,
    home_environment: Callable[[str], Mapping[str, str]],
) -> Outcome:
    """Runs the job for at most so many seconds."""
    book = _Book(work)
    async with Jail(place, limits, confined) as jail:
        await jail.start(_task(work, jail, home_environment))
        ending, has_begun = asyncio.create_task(_end_in_time(work, jail, seconds)), False
        try:
            async for line in jail.lines():
                work.run.printed += len(line)
                if work.run.printed > limits.output_bytes * RUN_PRINTS * ACT_PRINTS:
                    jail.exceeds("output")
                if book.read(line) and not has_begun:
                    has_begun = True
                    await jail.forget()
                work.on_change()
        finally:
            ending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ending
        return book.close(jail, limits)


async def _end_in_time(work: Work, jail: Jail, seconds: float) -> None:
    """Ends the job when it is cancelled, or when its time is over."""
    try:
        await asyncio.wait_for(work.cancelled.wait(), seconds)
    except asyncio.TimeoutError:
        work.timed_out = True
    await jail.interrupt()
    await asyncio.sleep(GRACE_SECONDS)
    jail.kill()


def _task(work: Work, jail: Jail, home_environment: Callable[[str], Mapping[str, str]]) -> Task:
    home, run = jail.home, work.run
    paths = {
        name: f"{home}/_camp/{name}" for name in ("workflow.yml", "event.json", "secrets.yml", "vars.yml", "answer")
    }
    empty = f"{home}/_camp/empty"
    environment = {
        **home_environment(home),
        **NO_QUESTIONS,
        **work.environment,
        ANSWER: paths["answer"],
        "CAMP_CACHE": jail.cache,
        "CAMP_ARTIFACTS": jail.artifacts,
    }
    files = {
        paths["workflow.yml"]: derived(work.workflow, work.job, work.needs, work.matrix),
        paths["event.json"]: json.dumps(run.event.payload),
        paths["secrets.yml"]: json.dumps(dict(work.secrets)),
        paths["vars.yml"]: json.dumps(dict(work.vars)),
        empty: "",
    }
    if work.job.uses:
        files |= {f"{home}/_tree/{path}": content.decode("utf-8", "replace") for path, content in work.files.items()}
    return Task(
        command=_command(work, home, paths, empty),
        environment=environment,
        cwd=home,
        files=files,
        forget=[paths["secrets.yml"]],
        answer=paths["answer"],
        folders=[f"{home}/_tree/{FOLDER}", environment["HOME"]],
    )


def _command(work: Work, home: str, paths: Mapping[str, str], empty: str) -> list[str]:
    command = [
        *(*program(), work.run.event.name, "-j", LAST, "--json", "--rm", "--insecure-secrets"),
        *("-C", f"{home}/_tree", "-W", paths["workflow.yml"], "-e", paths["event.json"]),
        *("--no-cache-server", "--action-cache-path", f"{home}/work", "--no-skip-checkout"),
        *("--secret-file", paths["secrets.yml"], "--var-file", paths["vars.yml"]),
        *("--env-file", empty, "--input-file", empty, "-a", work.run.event.actor or "camp"),
    ]
    for platform in LABELS:
        command += ["-P", f"{platform}=-self-hosted"]
    for name, value in work.variables.items():
        command += ["--env", f"{name}={value}"]
    for name, folder in work.actions.items():
        command += ["--local-repository", f"{name}={folder}"]
    return command


def program() -> list[str]:
    return extras.environment(EXTRA).command("act")


def repository_of(uses: str) -> str:
    """`owner/name@ref` of an action, without the path in it."""
    match = REPOSITORY.fullmatch(uses)
    return f"{match[1]}@{match[2]}" if match else uses


class _Book:
    """What the jobs of one act say."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._heard: dict[tuple[str, str], Heard] = {}
        self._free = {name: run for name, run in zip(work.called, work.runs, strict=True)}
        self._trouble: list[str] = []
        if not work.job.uses:
            self._of(work.job.id, work.matrix)

    def read(self, line: bytes) -> bool:
        """Whether a job speaks: act has read all its files by then."""
        event = read_event(line)
        if event is None:
            text = self._work.masks.hide(without_escapes(line.decode("utf-8", "replace"))).strip()
            if text and not USELESS.match(text):
                self._trouble = [*self._trouble[-4:], text.removeprefix("Error: ")[:2_000]]
            return False
        name = str(event.get("jobID", ""))
        if not event.get("job"):
            if event.get("level") in ("error", "fatal"):
                self._trouble = [*self._trouble[-4:], self._work.masks.hide(str(event.get("msg")))[:2_000]]
            return False
        if name in self._work.called and not self._is_stub(name, str(event["job"])):
            matrix = event.get("matrix")
            self._of(name, matrix if isinstance(matrix, dict) else {}).hear(event)
        return True

    def _is_stub(self, name: str, path: str) -> bool:
        """Whether this is a job that was needed, and not one of that name in the called workflow."""
        return name in self._work.needs and path.strip() == f"{self._work.workflow.name}/{name}"

    def _of(self, name: str, matrix: Mapping[str, Any]) -> Heard:
        """What is heard of a job, or of one combination of its matrix."""
        work = self._work
        key = (name, json.dumps(matrix, sort_keys=True) if work.job.uses else "")
        if key not in self._heard:
            run = self._free.pop(name, None) or self._another(name, matrix)
            if work.job.uses and matrix:
                run.matrix = dict(matrix)
                run.name = f"{run.id} ({label(matrix)})"
            run.started_at, run.status = work.now(), "in_progress"
            steps = work.called[name].steps
            self._heard[key] = Heard(
                run,
                work.masks,
                work.run.workflow,
                [step.key for step in steps],
                [step.label for step in steps],
                work.run.raw,
                work.run.annotations,
                work.now,
            )
        return self._heard[key]

    def _another(self, name: str, matrix: Mapping[str, Any]) -> JobRun:
        """One more job of a called workflow's matrix."""
        like = next(heard.job for (known, _matrix), heard in self._heard.items() if known == name)
        run = JobRun(like.id, f"{like.id} ({label(matrix)})", like.needs, dict(matrix))
        self._work.runs.append(run)
        self._work.run.jobs.insert(self._work.run.jobs.index(like) + 1, run)
        return run

    def close(self, jail: Jail, limits: Limits) -> Outcome:
        """What it all comes to."""
        work = self._work
        problem = self._problem(jail, limits)
        answer = _answer(jail.answer)
        for heard in self._heard.values():
            conclusion = heard.result or FAILURE
            if problem or work.cancelled.is_set():
                conclusion = CANCELLED if work.cancelled.is_set() and not problem else FAILURE
            if problem:
                heard.say(problem)
            elif work.cancelled.is_set():
                heard.say(work.why or _("The run was cancelled."))
            elif heard.result is None:
                heard.say(" ".join(self._trouble) or _("The job ended early."))
            elif (
                conclusion == FAILURE
                and self._trouble
                and not any(one.conclusion == FAILURE for one in heard.job.steps)
            ):
                heard.say(" ".join(self._trouble))
            heard.finish(conclusion)
            if heard.summary:
                work.run.summary += heard.summary + "\n"
        for run in self._free.values():
            run.conclusion, run.status = SKIPPED, "completed"
            run.started_at = run.ended_at = work.now()
        if not self._heard:  # the called workflow did not even begin
            text = problem or " ".join(self._trouble) or _("The called workflow ended early.")
            work.run.annotations.append(Annotation("error", text, work.run.workflow, work.job.line))
            return Outcome(
                CANCELLED if work.cancelled.is_set() else FAILURE if self._trouble or problem else SKIPPED, {}
            )
        return Outcome(conclusion_of(work.runs), self._outputs(answer))

    def _problem(self, jail: Jail, limits: Limits) -> str | None:
        if jail.exceeded:
            return limits.told(jail.exceeded)
        if self._work.timed_out:
            return self._work.time_out_text
        return None

    def _outputs(self, answer: Mapping[str, Any]) -> dict[str, str]:
        """As on GitHub, an output that may hold a secret is not handed on."""
        outputs = answer.get("outputs")
        found: dict[str, str] = {}
        for name, value in (outputs if isinstance(outputs, dict) else {}).items():
            text = str(value)
            if self._work.masks.holds(text):
                text = _("Skip output '{name}' since it may contain secret.").format(name=name)
                self._work.run.annotations.append(Annotation("warning", text, self._work.run.workflow))
            elif sum(map(len, found.values())) + len(text) < MOST_OUTPUTS:
                found[name] = text
        return found


def _answer(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
