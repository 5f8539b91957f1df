"""`python nursery.py <socket>`: an interpreter that has imported what apps import, and forks a keeper for every cell.

It never sees what a submission holds: that goes to the keeper's process alone.
"""

import contextlib
import gc
import importlib
import importlib.util
import os
import resource
import select
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

WORKER, ANSWERS, LAMBDA, ENGINE = (Path(f"/opt/{name}") for name in ("worker", "answers", "lambda", "engine"))
HERE = Path(__file__).parent
AHEAD = (
    "camp_worker.serve", "camp_answers.session", "camp_lambda.runtime", "camp_engine.engine", "azure.functions",
    "slack_sdk", "slack_sdk.signature", "email.mime.text", "hmac", "html", "ssl", "sqlite3", "multiprocessing",
    "concurrent.futures.thread", "encodings.idna", "stringprep",
)  # fmt: skip
MORE = (
    "aiohttp", "slack_sdk.web.async_client", "slack_bolt", "flask", "starlette.applications", "requests", "httpx",
    "azure.cosmos", "boto3",
)  # fmt: skip
LOOK_EVERY = 1.0
SELDOM = (20_000, 20, 20)


def package(name: str, folder: Path) -> ModuleType:
    """A package by its folder, so that nothing of it is on `sys.path`."""
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def main(descriptor: int) -> None:
    del sys.path[0]
    package("camp_worker", WORKER)
    package("camp_answers", ANSWERS)
    package("camp_lambda", LAMBDA)
    package("camp_engine", ENGINE)
    package("camp_cell", HERE)
    wire = importlib.import_module("camp_cell.wire")
    importlib.import_module("camp_cell.keeper")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    import_ahead(AHEAD)
    try:
        importlib.import_module("camp_cell.rehearsal").rehearse()
    except Exception as error:  # its workers are slower then, and otherwise the same
        print(f"The rehearsal failed: {type(error).__name__}: {error}", file=sys.stderr)
    keep_as_it_is()
    channel = socket.socket(fileno=descriptor)
    wire.send(channel, {"did": "ready"})
    serve(channel, wire, Larger(channel, wire))


def import_ahead(names: tuple[str, ...]) -> None:
    for name in names:
        with contextlib.suppress(Exception):  # what an app may use but this environment has not
            importlib.import_module(name)


def keep_as_it_is() -> None:
    """What is there now is not collected in any process that is forked."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)  # workers live for a second: what they collect costs more than what it frees


def serve(channel: socket.socket, wire: ModuleType, larger: "Larger | None" = None) -> None:
    """Forks a keeper for every cell that is asked for, until the channel ends."""
    watched = select.poll()
    watched.register(channel, select.POLLIN)
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not watched.poll(LOOK_EVERY * 1000):
            continue
        asked = wire.receive(channel)
        if asked is None:
            return
        message, descriptors = asked
        if larger and message["more"]:
            larger.hand_on(message, descriptors)
        elif os.fork() == 0:
            channel.close()
            make_cell(message, descriptors)
        for one in descriptors:
            os.close(one)


class Larger:
    """A second nursery that has imported MORE, for the apps that use some of it: every page of it makes a fork dearer.
    It is started at first need, and again if it died."""

    def __init__(self, above: socket.socket, wire: ModuleType) -> None:
        self._above = above
        self._wire = wire
        self._channel: socket.socket | None = None

    def hand_on(self, message: dict[str, object], descriptors: list[int]) -> None:
        for _attempt in range(2):
            self._channel = self._channel or self._started()
            try:
                self._wire.send(self._channel, message, tuple(descriptors))
                return
            except OSError:
                self._channel.close()
                self._channel = None

    def _started(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            self._above.close()
            ours.close()
            import_ahead(MORE)
            keep_as_it_is()
            serve(theirs, self._wire)
            os._exit(0)
        theirs.close()
        return ours


def make_cell(message: dict[str, object], descriptors: list[int]) -> None:
    """In a child of the nursery: namespaces of its own, and in them a keeper. Does not return."""
    kernel, keeper = importlib.import_module("camp_cell.kernel"), importlib.import_module("camp_cell.keeper")
    channel = socket.socket(fileno=descriptors[0])
    try:
        kernel.own_namespaces()
        if os.fork() == 0:
            try:
                keeper.keep(channel, message["limits"], descriptors[1], programs() if message["warm"] else None)
            except BaseException as error:
                keeper.fail(channel, error)
    except BaseException as error:
        keeper.fail(channel, error)
    finally:
        os._exit(0)


def programs() -> dict[str, Callable[[int], None]]:
    """What runs in a cell, each on a socket: a worker, a notebook, a Lambda function, or the engine."""
    serve, session = importlib.import_module("camp_worker.serve"), importlib.import_module("camp_answers.session")
    frames, runtime = importlib.import_module("camp_worker.frames"), importlib.import_module("camp_lambda.runtime")
    return {
        "worker": serve.main,
        "notebook": partial(session.main, frames=frames),
        "lambda": partial(runtime.main, frames=frames),
        "engine": importlib.import_module("camp_engine.engine").main,
    }


if __name__ == "__main__":
    main(int(sys.argv[1]))
