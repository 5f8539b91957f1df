"""The file that act runs for one job: the job alone, stubs for what it needs, and a last job that tells its outputs."""

import json
import math
from collections.abc import Mapping
from typing import Any

from .expressions import literal
from .workflow import Job, Step, Workflow

LAST = "_camp_last"
ANSWER = "CAMP_ANSWER"  # the file that the last job writes
DECIDED = (
    "if",
    "needs",
    "environment",
    "concurrency",
    "permissions",
    "continue-on-error",
    "timeout-minutes",
    "strategy",
)


def derived(workflow: Workflow, job: Job, needs: Mapping[str, "Need"], matrix: Mapping[str, Any] | None) -> str:
    """The file as JSON, which is YAML. What was decided already is left out."""
    inner = {key: value for key, value in job.raw.items() if key not in DECIDED}
    inner["if"] = "always()"
    if needs:
        inner["needs"] = list(needs)
    if matrix:
        inner["strategy"] = {"matrix": {key: [_literal(value)] for key, value in matrix.items()}}
    if "steps" in inner:
        inner["steps"] = [_step(raw, step) for raw, step in zip(inner["steps"], job.steps, strict=True)]
    whole = {key: value for key, value in workflow.raw.items() if key in ("on", "env", "defaults")}
    jobs = {name: need.stub() for name, need in needs.items()}
    return json.dumps({"name": workflow.name, **whole, "jobs": {**jobs, job.id: inner, LAST: _last(job.id)}})


class Need:
    """A job that has ended before: its result and its outputs."""

    def __init__(self, result: str, outputs: Mapping[str, str]) -> None:
        self.result = result
        self.outputs = outputs

    def context(self) -> dict[str, Any]:
        return {"result": self.result, "outputs": dict(self.outputs)}

    def stub(self) -> dict[str, Any]:
        """A job with that result. act has no way to make one that was cancelled: it counts as failed."""
        stub: dict[str, Any] = {"runs-on": "ubuntu-latest", "if": "always()"}
        if self.result == "skipped":
            stub["if"] = False
        code = 0 if self.result == "success" else 1
        stub["steps"] = [{"run": f"exit {code}"}]
        if self.outputs:
            stub["outputs"] = {name: literal(value) for name, value in self.outputs.items()}
        return stub


def _last(job: str) -> dict[str, Any]:
    return {
        "runs-on": "ubuntu-latest",
        "if": "always()",
        "needs": [job],
        "steps": [
            {
                "env": {"CAMP_NEEDS": f"${{{{ toJSON(needs['{job}']) }}}}"},
                "shell": "sh",
                "run": f'printf %s "$CAMP_NEEDS" > "${ANSWER}"',
            }
        ],
    }


def _step(raw: Mapping[str, Any], read: Step) -> dict[str, Any]:
    """act repeats a step's name beside each line: it is short, unless there is something in it to evaluate. It takes
    whole minutes only."""
    step = dict(raw)
    step["name"] = read.label if "${{" in read.label else read.key
    minutes = step.get("timeout-minutes")
    if isinstance(minutes, float):
        step["timeout-minutes"] = math.ceil(minutes)
    return step


def _literal(value: Any) -> Any:
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, dict):
        return {key: _literal(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_literal(one) for one in value]
    return value
