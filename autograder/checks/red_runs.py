"""Red runs of a push: what they say of themselves, and what to try next."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.kinds.shipping.world import Push
    from localcloud.github.runs import Run

SUCCESS, FAILURE, SKIPPED = "success", "failure", "skipped"
LAST_LINES = 20
MOST_MESSAGES = 6

Place = tuple[str, str, str, int]  # of a step: its workflow's file, its job, the values of its matrix, its number


def is_red(push: "Push") -> bool:
    return any(run.conclusion not in (SUCCESS, SKIPPED) for run in push.runs)


def trouble(push: "Push") -> str:
    """The last lines of the step that failed, or else why jobs did not run; empty when nothing of it is known."""
    for run in push.runs:
        if found := run.failed_step():
            job, step = found
            title = _("The last lines of the step {step} (job {job}):").format(step=step.name, job=job.name)
            return "\n".join(["", title, *step.log[-LAST_LINES:]])
    messages = dict.fromkeys(text for run in push.runs if not run.refused for text in _messages(run))
    return "".join(f"\n{text}" for text in list(messages)[:MOST_MESSAGES])


def where_to_look(push: "Push") -> str:
    """The next step for who has a red run."""
    if any(run.refused for run in push.runs):
        return _("The run was refused: correct what it names, then push again.")
    return _("Look at the first step that failed.")


def knows_by_heart(push: "Push", head: "Push") -> bool:
    """Whether a new word alone turned the tests red: before anything was deployed, a step failed that had succeeded
    for what was handed in."""
    if push.deployed:
        return False
    succeeded = {place for run in head.runs for place, conclusion in _steps(run) if conclusion == SUCCESS}
    return any(
        place in succeeded
        for run in push.runs
        if run.conclusion == FAILURE
        for place, conclusion in _steps(run)
        if conclusion == FAILURE
    )


def by_heart() -> str:
    return _("Your tests hold the word itself: they fail, though only the word is new. Let them read greeting.txt.")


def _steps(run: "Run") -> Iterator[tuple[Place, str | None]]:
    """The steps of a run whose failure counts, and how they ended."""
    for job in run.jobs:
        if not job.tolerated:
            for step in job.steps:
                yield (run.workflow, job.id, repr(sorted(job.matrix.items())), step.number), step.conclusion


def _messages(run: "Run") -> Iterator[str]:
    """Why jobs of a run did not run, and what stands beside it, if no job says so."""
    words = _("Job {job}: {reason}")
    reasons = [
        words.format(job=job.name, reason=job.reason)
        for job in run.jobs
        if job.reason and job.conclusion not in (SUCCESS, SKIPPED)
    ]
    yield from reasons
    words = _("{file}, line {line}: {text}")
    for one in run.annotations:
        if one.level == "error" and not reasons:
            yield words.format(file=one.path, line=one.line, text=one.text) if one.line else one.text
