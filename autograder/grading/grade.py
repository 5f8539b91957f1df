"""One pure function, from the bytes of a submission to what it earned; `python -m autograder.grading.grade LAB SEED`
reads a zip from standard input, grades it in a sandbox (unless CAMP_TRUSTED is 1) and prints it as JSON."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from autograder import passing, project
from autograder.answers.program import answers_in
from autograder.answers.sources import source_cells
from autograder.appfolder import write_files
from autograder.grading.reflection import GRADE_ID, MOST_CHARACTERS, WrittenAnswer, answer_in, best_first
from autograder.grading.unpacking import LIMITS, Contents, Limits, Refused, unpack
from autograder.lab import Lab, find_lab
from autograder.notebookfile import NotANotebook, cells_of
from autograder.verdict import ERRORED, FAILED, CheckResult, Verdict
from localcloud.messages import _
from localcloud.typed import for_others

if TYPE_CHECKING:
    from autograder.sandbox import Sandbox

PACKAGE = "serverless-camp"
TRUSTED, COLD = "CAMP_TRUSTED", "CAMP_COLD"


@dataclass(frozen=True)
class Graded:
    """What a submission earned: the checks' verdict, the written answer for a person to grade, why nothing could be
    checked (None: it could), what was odd, with which versions it was found, and what stands in the answer cells."""

    verdict: Verdict
    reflection: str | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Graded":
        notes, versions, answers = tuple(data["notes"]), data.get("environment", {}), data.get("answers", {})
        return cls(Verdict.from_json(data["verdict"]), data["reflection"], data["reason"], notes, versions, answers)

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "verdict": self.verdict.to_json(), "notes": list(self.notes)}

    def written(self) -> dict[str, str]:
        """What the learner wrote, by the ids of the cells."""
        return {**self.answers, **({} if self.reflection is None else {GRADE_ID: self.reflection})}

    @property
    def broken(self) -> bool:
        """Whether a fault of ours kept a check from being made."""
        return ERRORED in self.verdict.outcomes()


@for_others()
def grade(submission: bytes, lab: Lab, seed: int, limits: Limits = LIMITS, sandbox: "Sandbox | None" = None) -> Graded:
    """Grades one submission, whose app runs in `sandbox`; None: with all that this user may do. It raises nothing: what
    the learner did wrong is a reason, what we did wrong is ERRORED.

    Of the notebook, the written answer is read; its code runs only where the lab has checks about cells.
    """
    try:
        try:
            contents = unpack(submission, lab, limits)
        except Refused as refused:
            return not_checked(lab, seed, str(refused))
        answer = answer_in(contents.notebooks, f"{lab.name}.ipynb", source_cells(lab))
        return _graded(contents, answer, lab, seed, sandbox)
    except Exception as error:
        return fault(lab, seed, error)


@for_others()
def not_checked(
    lab: Lab, seed: int, reason: str, answer: WrittenAnswer | None = None, notes: Sequence[str] = ()
) -> Graded:
    """No points, for a reason that is the learner's to correct."""
    verdict = _nothing(lab, seed, FAILED, reason, _("Hand in the zip that 'camp submit' packs."))
    answer = answer or WrittenAnswer(None)
    return Graded(verdict, answer.text, reason, (*notes, *answer.notes))


@for_others()
def fault(lab: Lab, seed: int, error: Exception) -> Graded:
    """No verdict, for a reason that is ours to correct."""
    why = f"{type(error).__name__}: {error}"
    verdict = _nothing(lab, seed, ERRORED, why, _("This is a fault of the camp. Please report it."))
    return Graded(verdict, reason=why)


def _graded(contents: Contents, answer: WrittenAnswer, lab: Lab, seed: int, sandbox: "Sandbox | None") -> Graded:
    from autograder.runner import run_checks

    if not contents.app and not lab.wants_notebook:
        why = contents.problem or _("There is no app in the submission.")
        return not_checked(lab, seed, why, answer, contents.notes)
    with passing.folder("camp-grade-") as folder:
        app = folder / "app"
        write_files(contents.app, app)
        verdict = run_checks(lab, app, seed=seed, sandbox=sandbox, notebook=_notebook(contents, lab))
    return Graded(
        verdict,
        answer.text,
        notes=(*([contents.problem] if contents.problem else []), *contents.notes, *answer.notes),
        environment=_environment(sandbox is not None),
        answers=_answers(contents, lab),
    )


@cache
def _environment(sandboxed: bool) -> dict[str, str]:
    """What a verdict is made with: names and versions; of the packages of the apps the SHA-256 of their lock file."""
    return {
        "camp": version(PACKAGE),
        "packages": hashlib.sha256(project.allow_list().read_bytes()).hexdigest(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sandbox": _bubblewrap() if sandboxed else "none",
    }


def _bubblewrap() -> str:
    done = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "bubblewrap"


def _notebook(contents: Contents, lab: Lab) -> bytes:
    """The lab's notebook in a submission; empty when there is none."""
    order = best_first(contents.notebooks, f"{lab.name}.ipynb", source_cells(lab))
    return contents.notebooks[order[0]] if order else b""


def _answers(contents: Contents, lab: Lab) -> dict[str, str]:
    if not lab.wants_notebook:
        return {}
    try:
        found = answers_in(cells_of(_notebook(contents, lab)), source_cells(lab))
    except NotANotebook:
        return {}
    return {id: text[:MOST_CHARACTERS] for id, text in found.items()}


def _nothing(lab: Lab, seed: int, outcome: str, seen: str, next: str) -> Verdict:
    expected = _("an app to check")
    return Verdict.of_results(
        lab.name,
        seed,
        [
            CheckResult(check.id, lab.title_of(check.id), outcome, 0, check.points, 0.0, None, seen, expected, next)
            for check in lab.checks
        ],
    )


def sandboxed(trusted: bool, cold: bool) -> "AbstractContextManager[Sandbox | None]":
    """The sandbox to grade in; none for people who are trusted. When it is `cold`, every worker in it is a fresh
    interpreter. SandboxUnavailable when there cannot be one."""
    from autograder.sandbox import Sandbox

    return nullcontext() if trusted else Sandbox(warm=not cold)


def chosen() -> tuple[bool, bool]:
    """Whether the environment says that apps are trusted, and that workers are cold."""
    return os.environ.get(TRUSTED) == "1", os.environ.get(COLD) == "1"


if __name__ == "__main__":
    with sandboxed(*chosen()) as sandbox:
        found = grade(sys.stdin.buffer.read(), find_lab(sys.argv[1]), int(sys.argv[2]), sandbox=sandbox)
    print(json.dumps(found.to_json()))
