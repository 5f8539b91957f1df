"""Sessions (setsid): a process stays in its own even where it has left its parent's process group."""

import contextlib
import os
import signal


def end_session(leader: int) -> None:
    """SIGKILL to every process of the session that `leader` made, whether it lives or not; to this one last."""
    import psutil  # slow to import, and seldom needed

    own, killed = os.getpid(), set[int]()
    while members := {pid for pid in psutil.pids() if _is_in(pid, leader)} - {own} - killed:
        for pid in members:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        killed |= members
    if _is_in(own, leader):
        os.kill(own, signal.SIGKILL)


def _is_in(pid: int, leader: int) -> bool:
    try:
        return os.getsid(pid) == leader
    except (ProcessLookupError, PermissionError):
        return False
