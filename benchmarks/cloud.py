"""The local cloud: how long its second start takes, and what it keeps in memory when idle."""

import time

import psutil

from benchmarks.figure import Figure
from benchmarks.sandbox_camp import camp_root, running

STARTS = 3
SETTLE_SECONDS = 5.0


def resident_megabytes(pid: int) -> float:
    """Resident memory of the process and all below it, JupyterLab's branch left out."""
    root = psutil.Process(pid)
    branches = [branch for branch in root.children() if "autograder.jupyter" not in " ".join(branch.cmdline())]
    processes = [root, *branches, *(below for branch in branches for below in branch.children(recursive=True))]
    return sum(process.memory_info().rss for process in processes) / 1e6


def run() -> list[Figure]:
    with camp_root() as root:
        with running(root):
            pass
        starts = []
        for _ in range(STARTS):
            with running(root) as (camp, seconds):
                starts.append(seconds)
                time.sleep(SETTLE_SECONDS)
                memory = resident_megabytes(camp.pid)
    return [
        Figure(f"second start until every service answers (worst of {STARTS})", max(starts), "s", "<=", 2.0),
        Figure("resident memory of the local cloud, idle", memory, "MB", "<=", 260),
    ]
