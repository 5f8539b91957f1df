"""Runs in the form of GitHub's REST API, for the forge."""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from localcloud.messages import _

from .contexts import ref_name
from .model import COMPLETED, JobRun, Run

if TYPE_CHECKING:
    from ..repository import Repository
    from .runs import Runs


class ApiOfRuns:
    """What `forge.runs_api.RunsApi` asks for."""

    def __init__(self, runs: "Runs") -> None:
        self._runs = runs

    def listed(self, repository: "Repository", filters: Mapping[str, str]) -> list[dict[str, Any]]:
        found = [run for run in self._runs.runs if run.repository is repository and _fits(run, filters)]
        return [self._json(run) for run in reversed(found)]

    def run_json(self, repository: "Repository", number: int) -> dict[str, Any] | None:
        run = self._find(repository, number)
        return self._json(run) if run else None

    def jobs_json(self, repository: "Repository", number: int) -> list[dict[str, Any]] | None:
        run = self._find(repository, number)
        return [_job(run, place, job) for place, job in enumerate(run.jobs)] if run else None

    async def act(self, repository: "Repository", number: int, act: str) -> bool:
        run = self._find(repository, number)
        if run is None:
            return False
        if act == "rerun":
            await self._runs.rerun(run)
        elif run.status == COMPLETED:
            raise ValueError(_("Run {number} has ended.").format(number=number))
        else:
            await self._runs.cancel(run)
        return True

    async def dispatch(
        self, repository: "Repository", workflow: str, ref: str, inputs: Mapping[str, Any], actor: str
    ) -> None:
        await self._runs.dispatch(repository, workflow, ref, inputs, actor=actor)

    def _find(self, repository: "Repository", number: int) -> Run | None:
        run = self._runs.find(number)
        return run if run and run.repository is repository else None

    def _json(self, run: Run) -> dict[str, Any]:
        return {
            "id": run.number,
            "name": run.name,
            "display_title": run.title,
            "path": run.workflow,
            "run_number": run.run_number,
            "run_attempt": run.attempt,
            "event": run.event.name,
            "status": run.status,
            "conclusion": run.conclusion,
            "head_branch": ref_name(run.event.ref),
            "head_sha": run.event.after,
            "actor": {"login": run.event.actor},
            "created_at": _time(run.created_at),
            "run_started_at": _time(run.started_at),
            "updated_at": _time(run.ended_at or run.started_at or run.created_at),
        }


def _fits(run: Run, filters: Mapping[str, str]) -> bool:
    facts: dict[str, set[str | None]] = {
        "branch": {ref_name(run.event.ref)},
        "event": {run.event.name},
        "status": {run.status, run.conclusion},
        "head_sha": {run.event.after, run.sha},
        "actor": {run.event.actor},
    }
    return all(value in facts[name] for name, value in filters.items() if name in facts and value)


def _job(run: Run, place: int, job: JobRun) -> dict[str, Any]:
    return {
        "id": run.number * 1_000 + place,
        "run_id": run.number,
        "name": job.name,
        "status": job.status,
        "conclusion": job.conclusion,
        "started_at": _time(job.started_at),
        "completed_at": _time(job.ended_at),
        "steps": [
            {"name": step.name, "status": step.status, "conclusion": step.conclusion, "number": step.number}
            for step in job.steps
        ],
    }


def _time(seconds: float) -> str | None:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None
