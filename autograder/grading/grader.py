"""A process that grades one submission after another: `python -m autograder.grading.grader DESCRIPTOR`.

A frame comes with the lab's name, the seed and the submission's bytes; the verdict goes back as a frame. The process
ends with its standard input, so that it never outlives the grading.
"""

import gc
import os
import socket
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from autograder.grading.grade import chosen, grade, sandboxed
from autograder.grading.unpacking import LIMITS
from autograder.lab import find_lab
from autograder.sandbox import Sandbox, SandboxUnavailable
from localcloud.functions.worker.frames import FrameReader, frame
from localcloud.supervisor import lifeline
from localcloud.supervisor.process import end_session

CHUNK = 1 << 16
BETWEEN_COLLECTIONS = 8
SELDOM = (20_000, 20, 20)  # a collection looks at all that a grader keeps for its whole life


def main(connection: socket.socket, trusted: bool, cold: bool) -> None:
    """Serves in a sandbox of its own; where there can be none, it says so and ends."""
    with ExitStack() as stack:
        try:
            sandbox = stack.enter_context(sandboxed(trusted, cold))
        except SandboxUnavailable as error:
            connection.sendall(frame({"unavailable": str(error)}))
            return
        serve(connection, sandbox)


def serve(connection: socket.socket, sandbox: Sandbox | None) -> None:
    """Answers until the other side closes; the apps run in `sandbox`."""
    import autograder.runner  # noqa: F401 - slow to import: now rather than with the first submission

    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    reader = FrameReader()
    answered = 0
    connection.sendall(frame({"ready": True}))
    while data := connection.recv(CHUNK):
        for header, submission in reader.feed(data):
            connection.sendall(frame(answer(header, submission, sandbox)))
            answered += 1
            if answered % BETWEEN_COLLECTIONS == 0:
                gc.collect()


def answer(header: dict[str, Any], submission: bytes, sandbox: Sandbox | None) -> dict[str, Any]:
    """The verdict that a request asks for."""
    limits = replace(LIMITS, **header.get("limits", {}))
    return grade(submission, find_lab(header["lab"]), header["seed"], limits, sandbox).to_json()


if __name__ == "__main__":
    lifeline.hold(partial(end_session, os.getpid()))
    with socket.socket(fileno=int(sys.argv[1])) as given:
        main(given, *chosen())
