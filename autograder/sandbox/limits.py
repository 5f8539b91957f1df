"""How much a submission may use, and what is said of one that wanted more."""

from dataclasses import dataclass

from localcloud.messages import _

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class SandboxLimits:
    """Of one cell, but for `wall_seconds`, which are those of the whole run of checks, and for `address_bytes` and
    `open_files`, which are those of each process. `processes` counts threads too."""

    cpu_seconds: int = 60
    wall_seconds: float = 240.0  # an app of Lab 4 that waits for leases to end takes half of it
    memory_bytes: int = 512 * MEBIBYTE
    address_bytes: int = 4096 * MEBIBYTE
    processes: int = 256
    files: int = 5_000
    open_files: int = 256
    connections: int = 200
    output_bytes: int = 8 * MEBIBYTE
    tmpfs_bytes: int = 64 * MEBIBYTE

    def told(self, what: str) -> str:
        """What a limit that was exceeded is called."""
        words = {
            "memory": _("Out of memory: the app used more than {limit} MB.").format(
                limit=self.memory_bytes // MEBIBYTE
            ),
            "processes": _("Too many processes: the app had more than {limit} processes and threads.").format(
                limit=self.processes
            ),
            "cpu": _("Out of CPU time: the app used more than {limit} seconds.").format(limit=self.cpu_seconds),
            "connections": _("Too many connections: the app had more than {limit} at once.").format(
                limit=self.connections
            ),
            "output": _("Too much output: the app printed and logged more than {limit} MB.").format(
                limit=self.output_bytes // MEBIBYTE
            ),
            "wall": _("Time-out: all checks together took more than {limit:g} seconds.").format(
                limit=self.wall_seconds
            ),
        }
        return words.get(what, what)
