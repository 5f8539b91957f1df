"""Grading on a Dask cluster, whoever runs it: submissions go there as bytes, and verdicts come back as JSON.

Nothing else is shared. On a worker, submissions run where they run on one machine: in the sandbox of a grader process,
never in the worker's own. https://distributed.dask.org
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from autograder.grading import record
from autograder.grading.grade import Graded, fault
from autograder.grading.pool import ATTEMPTS, Pool, pool
from autograder.lab import Lab, LabError, find_lab
from autograder.sandbox import SandboxUnavailable
from localcloud import extras
from localcloud.messages import _

if TYPE_CHECKING:
    from distributed import Client

SECONDS_TO_REACH, SECONDS_FOR_A_WORKER = 10.0, 30.0
POOL = "camp_pool"


class ClusterProblem(Exception):
    """There is no cluster, or none any more; the text says what to do."""


class Cluster:
    """Grades on the workers of a cluster, as `pool.Pool` does on this machine. Make it with `cluster`."""

    def __init__(self, client: "Client", seconds: float, trusted: bool, cold: bool) -> None:
        self._client = client
        self._options = (seconds, trusted, cold)

    @property
    def capacity(self) -> int:
        """How many submissions the workers that are there now take at once."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return max(1, sum(int(worker["nthreads"]) for worker in workers))

    async def grade(self, submission: bytes, lab: Lab, seed: int) -> Graded:
        """The verdict. What a lost worker had is done again by another; where a worker cannot grade, another is asked.
        ClusterProblem when the scheduler is gone."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        work = (submission, lab.name, record.digest_of(lab), seed, *self._options)
        for _attempt in range(ATTEMPTS):
            try:
                return Graded.from_json(await self._client.submit(graded_here, *work, pure=False))
            except KilledWorker:
                graded = fault(lab, seed, ClusterProblem(_("Every worker that took it died.")))
            except FutureCancelledError as error:
                raise ClusterProblem(_("The cluster's scheduler is gone. What is graded is kept.")) from error
            except (RuntimeError, OSError) as error:
                graded = fault(lab, seed, error)
        return graded


@asynccontextmanager
async def cluster(address: str, seconds: float, trusted: bool = False, cold: bool = False) -> AsyncIterator[Cluster]:
    """The cluster whose scheduler is at `address`, such as tcp://10.0.0.5:8786; ClusterProblem when it does not answer
    or has no worker. Submissions may take so many seconds each. What waits there at the end is cancelled."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterProblem(
            _("Dask is not installed here. Type: python -m pip install 'serverless-camp[cluster]'")
        ) from error
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters comes as an exception
    try:
        client = await Client(  # type: ignore[no-untyped-call]
            address, asynchronous=True, timeout=SECONDS_TO_REACH, set_as_default=False
        )
    except (OSError, ValueError, asyncio.TimeoutError) as error:
        words = _("No Dask scheduler answers at {address}: {why}").format(address=address, why=error or "-")
        raise ClusterProblem(words) from error
    async with client:
        try:
            await client.wait_for_workers(1, timeout=SECONDS_FOR_A_WORKER)
        except asyncio.TimeoutError as error:
            raise ClusterProblem(_("The cluster at {address} has no worker.").format(address=address)) from error
        yield Cluster(client, seconds, trusted, cold)


async def graded_here(
    submission: bytes, lab: str, checks: str, seed: int, seconds: float, trusted: bool, cold: bool
) -> dict[str, Any]:
    """Runs on a worker: the verdict of its own graders, as JSON. RuntimeError, with the worker's name, when it has
    another version of the camp or of the lab, no sandbox, or not the lab's tools: grading fetches nothing."""
    try:
        found = find_lab(lab)
        if record.digest_of(found) != checks:
            raise _not_here(_("it has another version of the camp or of the lab; install the same camp everywhere"))
        extras.must_be_installed(found.extras)
        return (await (await _pool(seconds, trusted, cold)).grade(submission, found, seed)).to_json()
    except (LabError, SandboxUnavailable, extras.ExtraMissing) as error:
        raise _not_here(str(error)) from error


def _not_here(why: str) -> RuntimeError:
    return RuntimeError(_("The worker on {host} cannot grade: {why}").format(host=socket.gethostname(), why=why))


async def _pool(seconds: float, trusted: bool, cold: bool) -> Pool:
    """The graders of this worker, kept from one submission to the next until the worker ends."""
    from distributed import get_worker

    worker = get_worker()
    known: dict[tuple[float, bool, bool], asyncio.Task[Pool]] = worker.__dict__.setdefault(POOL, {})
    wanted = (seconds, trusted, cold)
    if wanted not in known:
        known[wanted] = asyncio.create_task(_opened(worker, *wanted))
    return await asyncio.shield(known[wanted])


async def _opened(worker: Any, seconds: float, trusted: bool, cold: bool) -> Pool:
    stack = AsyncExitStack()
    opened = await stack.enter_async_context(pool(worker.state.nthreads, seconds, trusted, cold))
    close = worker.close

    async def end(*arguments: Any, **options: Any) -> Any:
        await stack.aclose()
        return await close(*arguments, **options)

    worker.close = end
    return opened
