"""The worker pools of one host: the one for the app as it is now, and former ones that finish what they do."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from localcloud.messages import _

from .pool import WorkerPool
from .process import WorkerGone, WorkerSpec

MakePool = Callable[[WorkerSpec, int], WorkerPool]


class Workers:
    """`make` makes a pool for a spec and a number of processes; `later` runs a coroutine beside everything else."""

    def __init__(self, make: MakePool, later: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._make = make
        self._later = later
        self._current: WorkerPool | None = None
        self._former: set[WorkerPool] = set()

    @property
    def pool(self) -> WorkerPool:
        """The pool of now; WorkerGone when no app is loaded."""
        if self._current is None:
            raise WorkerGone(_("no app is loaded"))
        return self._current

    @property
    def pids(self) -> list[int]:
        return self._current.pids if self._current else []

    def pool_for(self, spec: WorkerSpec, processes: int) -> WorkerPool:
        """The pool for the app as it is now; one with other settings finishes what it does."""
        if self._current:
            if (self._current.spec, self._current.processes) == (spec, processes):
                return self._current
            self._later(self._retire(self._current))
        self._current = self._make(spec, processes)
        return self._current

    async def stop(self) -> None:
        """Ends them all."""
        await asyncio.gather(*(pool.stop() for pool in (*self._former, *([self._current] if self._current else []))))

    async def _retire(self, pool: WorkerPool) -> None:
        self._former.add(pool)
        await pool.retire()
        self._former.discard(pool)
