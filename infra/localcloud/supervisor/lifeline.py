"""The lifeline: a service ends when its standard input ends, so that nothing outlives a parent killed with -9."""

import os
import signal
import sys
import threading
from collections.abc import Callable

GRACE_SECONDS = 4.0


def _ask_to_end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def hold(end: Callable[[], None] = _ask_to_end, grace: float = GRACE_SECONDS) -> None:
    """Watches standard input in a thread; at its end calls `end` (by default: SIGTERM to this process) and, `grace`
    seconds later, ends this process in any case. Standard input must be the pipe that the supervisor holds."""
    threading.Thread(target=_watch, args=(end, grace), name="lifeline", daemon=True).start()


def _watch(end: Callable[[], None], grace: float) -> None:
    descriptor = sys.stdin.fileno()
    try:
        while os.read(descriptor, 4096):
            pass
    except OSError as error:
        print(f"lifeline: standard input is unreadable ({error}); ending", file=sys.stderr)
    end()
    threading.Event().wait(grace)
    os._exit(1)
