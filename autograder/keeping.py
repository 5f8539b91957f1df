"""What a check run leaves for later: in `.camp/trials`, for the portal's page, `camp replay` and the notebook."""

import time
from collections.abc import Mapping
from pathlib import Path

from autograder import project
from autograder.checkrun import Outcome
from autograder.lab import Lab
from autograder.report import findings
from autograder.runner import Keep
from autograder.verdict import FAILED, PASSED, SKIPPED, CheckResult, Verdict
from localcloud import trials
from localcloud.messages import _
from localcloud.trials import Trial

OUTCOMES = {PASSED: trials.GOOD, FAILED: trials.BAD}


def folder() -> Path:
    return project.state() / trials.FOLDER


def keeper(lab: Lab) -> Keep:
    """Keeps the runs of this lab's checks; what was not made leaves the last one."""
    part_of = _("Lab {number}: {title}").format(number=lab.number, title=lab.title)

    def keep(verdict: Verdict, outcomes: Mapping[str, Outcome]) -> None:
        now = time.time()
        for result in verdict.checks:
            if result.outcome != SKIPPED and (outcome := outcomes.get(result.id)):
                trials.write(folder(), _trial(result, outcome, part_of, now))

    return keep


def _trial(result: CheckResult, outcome: Outcome, part_of: str, at: float) -> Trial:
    traces = outcome.traces
    facts = [(label, text) for label, text in findings(result, own=True) if text != result.log]  # the entries tell it
    return Trial(
        id=result.id,
        title=result.title,
        part_of=part_of,
        at=at,
        outcome=OUTCOMES.get(result.outcome, trials.OPEN),
        facts=facts,
        request=traces.request.to_json() if traces.request else None,
        entries=[entry.to_json() for entry in traces.entries],
        names=traces.names,
    )
