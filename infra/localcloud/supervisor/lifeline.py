"""The lifeline: a service ends when its standard input ends, so that nothing outlives a parent killed with -9."""

import os
import signal
import sys
import threading

GRACE_SECONDS = 4.0


def hold(signal_number: int = signal.SIGTERM, grace: float = GRACE_SECONDS) -> None:
    """Watches standard input in a thread; at its end sends this process `signal_number` and, `grace` seconds later,
    ends it in any case. Standard input must be the pipe that the supervisor holds."""
    threading.Thread(target=_watch, args=(signal_number, grace), name="lifeline", daemon=True).start()


def _watch(signal_number: int, grace: float) -> None:
    descriptor = sys.stdin.fileno()
    try:
        while os.read(descriptor, 4096):
            pass
    except OSError as error:
        print(f"lifeline: standard input is unreadable ({error}); ending", file=sys.stderr)
    os.kill(os.getpid(), signal_number)
    threading.Event().wait(grace)
    os._exit(1)
