"""What becomes of runs and jobs, said where people look: in the journal, beside the commit, and to who has pushed."""

import time
from collections.abc import Iterable, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING

from localcloud.journal import Journal
from localcloud.messages import _, ngettext

from ..models import Status
from .model import CANCELLED, COMPLETED, FAILURE, IN_PROGRESS, QUEUED, SUCCESS, WAITING, Annotation, JobRun, Run

if TYPE_CHECKING:
    from ..forge import Forge

MOST_SHOWN = 8  # findings, to who has pushed
MOST_CHARACTERS = 140  # beside a commit, as on github.com
MOST_RUNS = 200  # of which it is known what stands beside their commits
STATES = {"success": "success", "skipped": "success", "cancelled": "error", "failure": "failure"}


class Reports:
    """Of the runs of one GitHub."""

    def __init__(self, forge: "Forge", journal: Journal) -> None:
        self._forge = forge
        self._journal = journal
        self._said: dict[int, set[str]] = {}  # by run, the names under which something stands beside its commit

    def queued(self, run: Run) -> None:
        """A run has come, and its jobs wait."""
        self._journal.add(
            "github.run", repository=run.repository.full_name, run=run.number, name=run.name, state="queued"
        )
        for job in run.jobs:
            self.job(run, job)

    def refused(self, run: Run, why: str) -> None:
        self._beside_commit(run, run.name, "failure", why)

    def ended(self, run: Run) -> None:
        self._journal.add(
            "github.run",
            repository=run.repository.full_name,
            run=run.number,
            name=run.name,
            state=run.status,
            conclusion=run.conclusion,
            sha=run.sha,
        )

    def job(self, run: Run, job: JobRun) -> None:
        """A job waits, has begun or has ended."""
        self._forget_names(run)
        if job.status == COMPLETED:
            seconds = max(0, round(job.ended_at - job.started_at)) if job.started_at else 0
            words = {
                SUCCESS: _("Successful in {seconds} s"),
                FAILURE: _("Failing after {seconds} s"),
                CANCELLED: _("Cancelled after {seconds} s"),
            }
            said = words.get(str(job.conclusion), _("Skipped")).format(seconds=seconds)
            self._beside_commit(run, _context(run, job), STATES[str(job.conclusion)], said)
        else:
            words = {QUEUED: _("Queued"), WAITING: _("Waits for an approval"), IN_PROGRESS: _("In progress")}
            self._beside_commit(run, _context(run, job), "pending", words[job.status])
        self._journal.add(
            "github.job",
            repository=run.repository.full_name,
            run=run.number,
            job=job.name,
            state=job.conclusion or job.status,
        )

    def lost(self, run: Run, why: str) -> None:
        """What waits beside its commit for a run that nobody will end: by the address, as names of jobs change."""
        sha, address = _shown_at(run), self._url(run).removeprefix(self._forge.url)
        for one in list(run.repository.statuses.get(sha, ())):
            if one.state == "pending" and one.target_url.endswith(address):
                self._beside_commit(run, one.context, "error", why)

    def to_pusher(self, run: Run) -> str:
        """The line that `git push` shows."""
        if run.refused:
            return _("{name}: refused. {why}").format(name=run.name, why=run.refused)
        words = _("{name}: run {number} starts, {url}")
        return words.format(name=run.name, number=run.number, url=self._url(run))

    def _url(self, run: Run) -> str:
        return f"{self._forge.url}/{run.repository.full_name}/actions/runs/{run.number}"

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

    def _beside_commit(self, run: Run, context: str, state: str, text: str) -> None:
        said = shorten(text, MOST_CHARACTERS, placeholder=" …")
        status = Status(context, state, said, self._url(run), created_at=time.time())  # type: ignore[arg-type]
        run.repository.set_status(_shown_at(run), status)


def findings_to_pusher(runs: Iterable[Run], others: Sequence[Annotation]) -> list[str]:
    """The lines that `git push` shows of what was found in the files: of those whose runs begin, and of others. The
    line of a refused run has its reason already."""
    found = [one for run in runs for one in run.annotations if one.path and one.as_line != run.refused]
    lines = list(dict.fromkeys(one.as_line for one in [*found, *others]))
    shown = lines[:MOST_SHOWN]
    if more := len(lines) - len(shown):
        shown.append(ngettext("1 more finding is not shown.", "{count} more findings are not shown.", more))
    return shown


def _context(run: Run, job: JobRun) -> str:
    """What GitHub calls the check that a job is."""
    return f"{run.name} / {job.name} ({run.event.name})"


def _shown_at(run: Run) -> str:
    """The commit beside which the run is shown: of a pull request its head, and not the merge."""
    return run.event.after if run.event.name == "pull_request" else run.sha
