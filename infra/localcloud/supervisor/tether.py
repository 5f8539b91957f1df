"""`python -m localcloud.supervisor.tether COMMAND...`: a foreign program on a lifeline.

It runs COMMAND in a process group of its own and ends that whole group when standard input ends, on SIGTERM, and when
COMMAND ends by itself (whose exit code becomes its own).
"""

import os
import signal
import subprocess
import sys

from .lifeline import hold

GRACE_SECONDS = 3.0


def _end(group: int, process: "subprocess.Popen[bytes]") -> None:
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(group, signal_number)
        except ProcessLookupError:
            return
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def main(command: list[str]) -> int:
    """Runs `command`; returns its exit code."""

    def stop(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    hold(grace=2 * GRACE_SECONDS + 1)
    try:
        return process.wait()
    finally:
        _end(process.pid, process)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
