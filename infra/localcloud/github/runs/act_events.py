"""act's event stream (`--json`), line by line, to steps with logs, annotations and summaries.

What act prints is not masked (`--insecure-secrets`): everything is masked here, and kept as it was in `raw`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localcloud.messages import _

from .masking import Masks, without_escapes
from .model import COMPLETED, FAILURE, IN_PROGRESS, QUEUED, SKIPPED, SUCCESS, Annotation, JobRun, Level, StepRun

LONGEST_LINE = 16_000
MOST_LINES = 20_000  # of one job
MOST_SUMMARY = 256 * 1024
MOST_ANNOTATIONS = 50
SET_UP, COMPLETE = "Set up job", "Complete job"
EXIT = re.compile(r"exit(?: status|code) '?(\d+)'?")
LEVELS: tuple[Level, ...] = ("error", "warning", "notice")
COMMANDS = {"group": "##[group]{arg}", "endgroup": "##[endgroup]", "debug": "##[debug]{arg}"}
RESULTS = {"success": SUCCESS, "failure": FAILURE, "skipped": SKIPPED}
# What act says of its own work: of no use to people.
CHATTER = re.compile(
    r"^(?:Cleaning up container|Reevaluate condition|Result condition|Failed but continue)"
    r"|LocalRepositoryCache|GoGitActionCache"
)


@dataclass
class Heard:
    """What one job has said: of the steps of its file, known ahead, and of those that act adds."""

    job: JobRun
    masks: Masks
    path: str  # of its workflow's file
    keys: Sequence[str]  # what act calls the steps of the file
    labels: Sequence[str]  # what people call them
    raw: list[str]
    annotations: list[Annotation]
    now: Callable[[], float]
    summary: str = ""
    result: str | None = None
    trouble: list[str] = field(default_factory=list)  # what act says outside of steps
    _main: dict[str, StepRun] = field(default_factory=dict)
    _exits: dict[int, str] = field(default_factory=dict)  # by id() of a step, its line about its exit code
    _current: StepRun | None = None
    _lines: int = 0
    _at: float = 0.0

    def __post_init__(self) -> None:
        names = [SET_UP, *self.labels]
        self.job.steps = [StepRun(self.masks.hide(name), number=number + 1) for number, name in enumerate(names)]
        self._main = dict(zip(self.keys, self.job.steps[1:], strict=True))

    def hear(self, event: Mapping[str, Any]) -> None:
        """One event of this job."""
        if event.get("jobResult") in RESULTS:
            self.result = RESULTS[event["jobResult"]]
            return
        message = str(event.get("msg", ""))
        if "stepid" in event:
            self._around(event, message)
            return
        key = event.get("stepID")
        if not isinstance(key, list) or not key:
            self._outside(event, message)
            return
        begins = message.startswith("\N{WHITE MEDIUM STAR} Run ") and not event.get("raw_output")
        step = self._step(str(key[0]), str(event.get("stage", "Main")), begins)
        inner = len(key) > 1
        if begins:
            if not inner:
                self._begin(step, str(event.get("step", "")))
            else:
                self._write(step, f"##[group]{event.get('step', '')}")
        elif "stepResult" in event and not event.get("raw_output"):
            self._result(step, event, inner)
        elif event.get("raw_output"):
            self._write(step, message)
        elif isinstance(event.get("command"), str):
            self._command(step, event)
        elif event.get("level") == "error":
            self._error(step, message)
        elif not CHATTER.search(message.strip()):
            self._write(step, message.strip())

    def finish(self, conclusion: str) -> None:
        """The job has ended so: steps that did not begin were skipped, one that runs ends with it."""
        self.job.conclusion, self.job.status, self.job.ended_at = conclusion, COMPLETED, self.now()
        for step in self.job.steps:
            if step.status == IN_PROGRESS:
                step.conclusion = SUCCESS if step.name == SET_UP and conclusion == SUCCESS else conclusion
                step.seconds = self.now() - self._at
            elif step.status == QUEUED:
                step.conclusion = SKIPPED
            step.status = COMPLETED

    def say(self, text: str, level: Level = "error") -> None:
        """Something that we say of this job, into its log and beside the run."""
        step = self._current or self.job.steps[0]
        self._write(step, f"##[{level}]{text}", raw=False)
        self._annotate(Annotation(level, text, self.path))

    def _around(self, event: Mapping[str, Any], message: str) -> None:
        """Before the first and after the last step."""
        step = self.job.steps[0]
        if str(event["stepid"]) == str(["--complete-job"]):
            step = self.job.steps[-1]
            if step.name != COMPLETE:
                step = self._added(COMPLETE)
        if message.startswith("\N{WHITE MEDIUM STAR}"):
            self._begin(step, "")
        elif event.get("stepResult") in RESULTS:
            self._end(step, RESULTS[event["stepResult"]])
        elif event.get("level") == "error":
            self._error(step, message)

    def _outside(self, event: Mapping[str, Any], message: str) -> None:
        if event.get("level") == "error" and message.strip():
            text = self.masks.hide(without_escapes(message.strip()))[:LONGEST_LINE]
            self.trouble.append(text)
            self._error(self._current or self.job.steps[0], message)

    def _step(self, key: str, stage: str, begins: bool) -> StepRun:
        main = self._main.get(key)
        if main is None:
            return self._current or self.job.steps[0]
        if stage == "Main":
            return main
        name = f"{stage} {main.name}"
        known = next((one for one in self.job.steps if one.name == name), None)
        if known is None and not begins:
            return self.job.steps[0] if stage == "Pre" else main  # act prepares the action
        return known or self._unseen(name, stage)

    def _unseen(self, name: str, stage: str) -> StepRun:
        """A step before or after the steps of the file, which an action brings."""
        if stage == "Post":
            return self._added(name)
        step = StepRun(name)
        at = next((place for place, one in enumerate(self.job.steps) if one in self._main.values()), 1)
        self.job.steps.insert(at, step)
        self._number()
        return step

    def _added(self, name: str) -> StepRun:
        step = StepRun(name)
        self.job.steps.append(step)
        self._number()
        return step

    def _number(self) -> None:
        for place, step in enumerate(self.job.steps):
            step.number = place + 1

    def _begin(self, step: StepRun, name: str) -> None:
        if name and "${{" in step.name:
            step.name = self.masks.hide(name)[:200]
        step.status = IN_PROGRESS
        self._current, self._at = step, self.now()

    def _result(self, step: StepRun, event: Mapping[str, Any], inner: bool) -> None:
        result = RESULTS.get(str(event["stepResult"]))
        if inner:
            self._write(step, "##[endgroup]", raw=False)
        elif result:
            step.seconds = float(event.get("executionTime") or 0) / 1e9
            self._end(step, result)

    def _end(self, step: StepRun, result: str) -> None:
        step.conclusion, step.status = result, COMPLETED
        step.seconds = step.seconds or self.now() - self._at

    def _command(self, step: StepRun, event: Mapping[str, Any]) -> None:
        name, arg = str(event["command"]), str(event.get("arg", ""))
        if name == "add-mask":
            self.masks.learn(arg)
        elif name == "summary":
            self._summarize(str(event.get("content", "")))
        elif name in LEVELS:
            self._leveled(step, name, arg, event)
        elif name == "set-output":
            self.raw.append(arg)
        elif name in COMMANDS:
            self._write(step, COMMANDS[name].format(arg=arg))
        elif name == "ignored":
            self._write(step, str(event.get("raw", "")))

    def _leveled(self, step: StepRun, name: str, arg: str, event: Mapping[str, Any]) -> None:
        self._write(step, f"##[{name}]{arg}")
        found = event.get("kvPairs")
        pairs = found if isinstance(found, dict) else {}
        line = str(pairs.get("line", ""))
        hide = self.masks.hide
        level: Level = next(one for one in LEVELS if one == name)
        self._annotate(
            Annotation(
                level,
                hide(arg)[:4_000],
                hide(str(pairs.get("file", "")))[:300],
                int(line) if line.isdigit() and len(line) < 9 else 0,
                hide(str(pairs.get("title", "")))[:200],
            )
        )

    def _error(self, step: StepRun, message: str) -> None:
        text = message.strip().removeprefix("\N{CROSS MARK}").strip()
        if exit_code := EXIT.fullmatch(text.split(":")[0].strip()):
            text = _("Process completed with exit code {code}.").format(code=exit_code[1])
            self._exits[id(step)] = f"##[error]{text}"
        last = step.log[-1] if step.log else ""
        if text and last != f"##[error]{self.masks.hide(text)}":
            self._write(step, f"##[error]{text}", raw=False)
            self._annotate(Annotation("error", self.masks.hide(text)[:4_000], self.path))

    def _annotate(self, annotation: Annotation) -> None:
        if len(self.annotations) < MOST_ANNOTATIONS:
            self.annotations.append(annotation)

    def _summarize(self, content: str) -> None:
        self.raw.append(content)
        room = MOST_SUMMARY - len(self.summary)
        self.summary += self.masks.hide(content)[:room]

    def _write(self, step: StepRun, text: str, raw: bool = True) -> None:
        self._lines += 1
        if self._lines > MOST_LINES:
            return
        line = without_escapes(text)
        if raw:
            self.raw.append(line)
        at = len(step.log)
        if raw and step.log and step.log[-1] == self._exits.get(id(step)):
            at -= 1  # act hands some output on after it has told of the end
        step.log.insert(at, self.masks.hide(line)[:LONGEST_LINE])


def read_event(line: bytes) -> dict[str, Any] | None:
    """The event on a line; None for what is none."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None
