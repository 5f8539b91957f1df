"""A learner's notebook without a kernel: its cells run once, then its functions are called as often as a check likes.

It speaks the frames of a worker, with answers as plain data. Whatever it says may be a lie: the process is the
learner's.
"""

import asyncio
import builtins
import importlib
import inspect
import os
import select
import signal
import socket
import sys
import threading
import traceback
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .printing import Printing
from .source import compiled, is_asynchronous
from .values import TooMuch, decoded, encoded

READ_BYTES = 256 * 1024
LONGEST_MESSAGE = 2_000
AGAIN_EVERY = 0.2
LOOK_SECONDS = 2.0  # for learner code that runs while a value or an error is looked at, such as __repr__
GONE = 0
PLACE = "<cell {name}>"

SessionMessage = dict[str, Any]


class TookTooLong(BaseException):
    """Raised in learner code whose time is over; no `except Exception` takes it."""


class Session:
    """One notebook's namespace, and the loop that serves it."""

    def __init__(self, descriptor: int, frames: Any) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._frames = frames
        self._telling = importlib.import_module(f"{frames.__package__}.telling")
        self._reader = frames.FrameReader()
        self._out, self._err = Printing(), Printing()
        self._limiting = False
        self._loop = asyncio.new_event_loop()
        self._module = _main_module()
        self._kept: dict[str, Any] = {}

    def run(self) -> None:
        """Serves until the other side is gone."""
        asyncio.set_event_loop(self._loop)
        sys.path.insert(0, os.getcwd())
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, self._time_is_over)
        threading.Thread(target=self._end_with_the_other_side, daemon=True).start()
        streams = importlib.import_module(f"{self._frames.__package__}.streams")
        sys.stdout, sys.stderr = self._out.stream(streams, "<stdout>", 1), self._err.stream(streams, "<stderr>", 2)
        self._send({"t": "ready", "pid": os.getpid()})
        while data := self._socket.recv(READ_BYTES):
            for header, _blob in self._reader.feed(data):
                returned = {"type": "json", "value": self._answered(header)}
                self._send({"t": "done", "id": header["id"], "outputs": {}, "returned": returned})
        os._exit(GONE)

    def _send(self, header: SessionMessage) -> None:
        self._socket.sendall(self._frames.frame(header))

    def _end_with_the_other_side(self) -> None:
        watched = select.poll()
        watched.register(self._socket, 0)
        watched.poll()
        os._exit(GONE)

    def _answered(self, asked: SessionMessage) -> SessionMessage:
        """The answer, with what was printed meanwhile."""
        self._out.take(), self._err.take()
        answer = self._answer(asked)
        return {**answer, "printed": self._out.take(), "logged": self._err.take()}

    def _answer(self, asked: SessionMessage) -> SessionMessage:
        match asked["do"]:
            case "run":
                return self._run(asked["name"], asked["source"], asked["seconds"])
            case "call":
                return self._call(asked)
            case "together":
                return self._together(asked)
            case _:
                return self._value(asked["name"])

    def _run(self, name: str, source: str, seconds: float) -> SessionMessage:
        """Runs one cell, whatever became of those before it, as a notebook does."""
        try:
            code = compiled(source, PLACE.format(name=name))
            self._limited(seconds, lambda: self._execute(code))
        except BaseException as raised:
            return {"error": self._told(raised)}
        return {"ran": name}

    def _execute(self, code: types.CodeType) -> None:
        if is_asynchronous(code):
            self._loop.run_until_complete(eval(code, vars(self._module)))
        else:
            exec(code, vars(self._module))

    def _call(self, asked: SessionMessage) -> SessionMessage:
        function = self._found(asked["name"])
        if function is None or not callable(function):
            return {"missing": asked["name"], "is": None if function is None else type(function).__name__}
        positional = [self._argument(part) for part in asked["args"]]
        named = {name: self._argument(part) for name, part in asked["kwargs"].items()}
        try:
            value = self._limited(asked["seconds"], lambda: self._awaited(function(*positional, **named)))
            if keep := asked.get("keep"):
                self._kept[keep] = value
            looked_at = self._limited(LOOK_SECONDS, lambda: [encoded(value), *map(encoded, positional)])
            return {"value": looked_at[0], **({"after": looked_at[1:]} if asked.get("echo") else {})}
        except TooMuch:
            return {"too_much": asked["name"]}
        except BaseException as raised:
            return {"error": self._told(raised)}

    def _together(self, asked: SessionMessage) -> SessionMessage:
        """Calls a function several times, in so many threads: the answers in the order of the calls."""
        with ThreadPoolExecutor(asked["threads"]) as threads:
            return {"answers": list(threads.map(self._call, asked["calls"]))}

    def _found(self, name: str) -> Any:
        """What a name stands for in the cells, or `module.name` in a module that was imported."""
        module, dot, rest = name.rpartition(".")
        return getattr(sys.modules.get(module), rest, None) if dot else vars(self._module).get(name)

    def _argument(self, part: Any) -> Any:
        """Plain data; or an object of an SDK that is made for the call, or what an earlier call returned."""
        match part:
            case {"sdk": facts}:
                return importlib.import_module(f"{__package__}.sdk").made(facts)
            case {"kept": name}:
                return self._kept.get(name)
        return decoded(part)

    def _awaited(self, value: Any) -> Any:
        return self._loop.run_until_complete(value) if inspect.isawaitable(value) else value

    def _value(self, name: str) -> SessionMessage:
        if name not in vars(self._module):
            return {"missing": name, "is": None}
        try:
            return {"value": self._limited(LOOK_SECONDS, lambda: encoded(vars(self._module)[name]))}
        except BaseException:  # whatever the value's own code raises
            return {"too_much": name}

    def _told(self, error: BaseException) -> SessionMessage:
        """What a learner needs to know of an exception, whatever its own code does: its classes, its message, and the
        place in the cells."""
        try:
            found: SessionMessage = self._limited(LOOK_SECONDS, lambda: _facts(error, self._telling))
            return found
        except BaseException:
            return {"kinds": [self._telling.kind_of(error)], "message": "", "slow": False, "cell": None, "line": None}

    def _limited(self, seconds: float, work: Callable[[], Any]) -> Any:
        """Runs learner code for at most so long, where the system has a timer; elsewhere the other side ends it."""
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            return work()
        self._limiting = True
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_EVERY)
        try:
            return work()
        finally:
            self._limiting = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _time_is_over(self, _number: int, _frame: Any) -> None:
        if self._limiting:
            raise TookTooLong


def _main_module() -> types.ModuleType:
    """The namespace of the cells, which is `__main__` as in a kernel."""
    module = types.ModuleType("__main__")
    vars(module)["display"] = print
    sys.modules["__main__"] = module
    camp, notebook = types.ModuleType("autograder"), types.ModuleType("autograder.notebook")
    for name in ("check", "hint", "predict", "timeline"):  # what a lab's notebook imports of the camp does nothing here
        setattr(notebook, name, lambda *_arguments, **_named: None)
    sys.modules["autograder"], sys.modules["autograder.notebook"] = camp, notebook
    vars(camp)["notebook"] = notebook
    return module


def _facts(error: BaseException, telling: Any) -> SessionMessage:
    """`telling` is the worker's module of that name."""
    kinds = [telling.text(_name(one)) for one in type(error).__mro__ if issubclass(one, BaseException)]
    slow = isinstance(error, TookTooLong)
    if isinstance(error, SyntaxError) and error.filename:
        message, cell, line = telling.text(error.msg) or "", telling.text(error.filename), telling.number(error.lineno)
        return {"kinds": kinds, "message": message, "slow": slow, "cell": cell, "line": line}
    message = telling.message_of(error)[:LONGEST_MESSAGE]
    places = [frame for frame in traceback.extract_tb(telling.frames_of(error)) if _is_theirs(frame.filename)]
    cell, line = (os.path.basename(places[-1].filename), places[-1].lineno) if places else (None, None)
    return {"kinds": kinds, "message": message, "slow": slow, "cell": cell, "line": line}


def _is_theirs(file: str) -> bool:
    """Whether it is a cell, or a file beside the notebook."""
    return file.startswith("<cell ") or os.path.dirname(file) == os.getcwd()


def _name(kind: type[BaseException]) -> str:
    """A built-in class by its name alone, and so a cell's own, unless its name is that of a built-in one."""
    if kind.__module__ == "builtins" or (kind.__module__ == "__main__" and not hasattr(builtins, kind.__name__)):
        return kind.__name__
    return f"{kind.__module__}.{kind.__qualname__}"


def main(descriptor: int, frames: Any) -> None:
    """Serves on the socket with this descriptor; `frames` is the worker's module of that name."""
    Session(descriptor, frames).run()
