"""Runs, kept on disk for the next start: as they began, and once they have ended as people saw them, without what was
masked."""

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..events import Event
from .model import Annotation, JobRun, Run, StepRun

if TYPE_CHECKING:
    from ..forge import Forge

EVENT = ("name", "ref", "before", "after", "sha", "payload", "actor")
RUN = (
    *("number", "workflow", "name", "sha", "run_number", "attempt", "title", "status", "conclusion"),
    *("summary", "refused", "created_at", "started_at", "ended_at"),
)
JOB = (
    *("id", "name", "matrix", "status", "conclusion", "environment", "tolerated", "started_at", "ended_at", "outputs"),
    "reason",
)
STEP = ("name", "status", "conclusion", "log", "seconds", "number")
log = logging.getLogger("runs")


class History:
    """One file for each run, which its owner alone may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, run: Run) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        found = {
            **_some(run, RUN),
            "repository": run.repository.full_name,
            "event": _some(run.event, EVENT),
            "jobs": [
                {**_some(job, JOB), "needs": job.needs, "steps": [_some(step, STEP) for step in job.steps]}
                for job in run.jobs
            ],
            "annotations": [one.to_json() for one in run.annotations],
        }
        new = self._place(run.number).with_suffix(".new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(found, file)
        new.replace(self._place(run.number))

    def forget(self, run: Run) -> None:
        self._place(run.number).unlink(missing_ok=True)

    def load(self, forge: "Forge") -> list[Run]:
        """The runs of repositories that are still there, in their order. A file that cannot be read is left out."""
        found = []
        for path in self._folder.glob("*.json"):
            try:
                if run := _run(json.loads(path.read_text("utf-8")), forge):
                    found.append(run)
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("%s: %r", path, error)
        return sorted(found, key=lambda run: run.number)

    def _place(self, number: int) -> Path:
        return self._folder / f"{number}.json"


def _some(thing: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _run(found: Mapping[str, Any], forge: "Forge") -> Run | None:
    repository = forge.find(found["repository"])
    if repository is None:
        return None
    return Run(
        event=Event(repository=repository, **{name: found["event"][name] for name in EVENT}),
        jobs=[_job(one) for one in found["jobs"]],
        annotations=[Annotation(**one) for one in found["annotations"]],
        **{name: found[name] for name in RUN},
    )


def _job(found: Mapping[str, Any]) -> JobRun:
    steps = [StepRun(**{name: step[name] for name in STEP}) for step in found["steps"]]
    return JobRun(needs=tuple(found["needs"]), steps=steps, **{name: found[name] for name in JOB})
