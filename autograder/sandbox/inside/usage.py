"""What the processes of a cell use, read from its own /proc."""

import os
import resource
from dataclasses import dataclass, field

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = resource.getpagesize()
STATE, FLAGS, UTIME, STIME, THREADS, STARTED, RSS = 0, 6, 11, 12, 17, 19, 21  # behind the name
EXITING = 4  # PF_EXITING of the kernel: set before a process closes its files


@dataclass
class Usage:
    """`look` reads; `base_bytes` is what every process shares with the one it was forked from."""

    base_bytes: int
    processes: int = 0
    threads: int = 0
    memory: int = 0
    cpu_seconds: float = 0.0
    _seen: dict[tuple[int, int], float] = field(default_factory=dict)

    def look(self) -> None:
        pids = others()
        self.processes, self.threads, self.memory = len(pids), 0, 0
        seen: dict[tuple[int, int], float] = {}
        for pid in pids:
            facts = _stat(pid)
            if facts is None:
                continue
            self.threads += int(facts[THREADS])
            self.memory += max(0, int(facts[RSS]) * PAGE - self.base_bytes)
            key = (pid, int(facts[STARTED]))
            seen[key] = (int(facts[UTIME]) + int(facts[STIME])) / TICKS
            self.cpu_seconds += seen[key] - self._seen.get(key, 0.0)
        self._seen = seen


def others() -> list[int]:
    """Every process but the first."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def is_ending(pid: int) -> bool:
    """Whether it is about to end, or has."""
    facts = _stat(pid)
    return facts is None or facts[STATE] in "XZ" or bool(int(facts[FLAGS]) & EXITING)


def proportional(pids: list[int]) -> int:
    """Memory with what several processes share counted once; slower to read."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
        except (OSError, ValueError):
            continue
    return total


def connections() -> int:
    """TCP sockets of this network namespace, open ones and dying ones."""
    with open("/proc/net/sockstat") as file:
        for line in file:
            if line.startswith("TCP:"):
                return int(line.split()[2])
    return 0


def _stat(pid: int) -> list[str] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].decode("ascii").split()
    except (OSError, ValueError):
        return None
