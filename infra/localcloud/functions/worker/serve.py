"""The worker's loop: frames from the host in, answers and log lines out."""

import asyncio
import os
import select
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import logs
from .calling import Call
from .frames import FrameReader, frame
from .loading import Loaded, imported, load, report

READ_BYTES = 256 * 1024
GONE = 0


class Worker:
    """One worker process: loads an app once, then answers invocations until its host goes away. With functions that
    are `loaded` already it has nothing to load."""

    def __init__(self, descriptor: int, loaded: list[Loaded] | None = None) -> None:
        self._loaded = loaded
        self._socket = socket.socket(fileno=descriptor)
        self._sending = threading.Lock()
        self._reader = FrameReader()
        self._functions: dict[str, Loaded] = {}
        self._threads = ThreadPoolExecutor(thread_count(), thread_name_prefix="function")
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()

    def run(self) -> None:
        """Serves until the host closes its end."""
        asyncio.set_event_loop(self._loop)
        threading.Thread(target=self._end_with_the_host, name="host", daemon=True).start()
        if self._loaded is None:
            logs.set_up(self.send)
        self._loop.add_reader(self._socket, self._read)
        self.send({"t": "ready", "pid": os.getpid()})
        self._loop.run_forever()

    def send(self, header: dict[str, Any], blob: bytes = b"") -> None:
        """One frame to the host; safe from every thread."""
        self._send_whole(frame(header, blob))

    def _send_whole(self, data: bytes) -> None:
        with self._sending:
            self._socket.sendall(data)

    def end(self) -> None:
        """Ends this process at once, whatever learner code does in it."""
        os._exit(GONE)

    def _end_with_the_host(self) -> None:
        """Ends this process when the host is gone, even while learner code blocks the loop."""
        watched = select.poll()
        watched.register(self._socket, 0)
        watched.poll()
        self.end()

    def _read(self) -> None:
        data = self._socket.recv(READ_BYTES, socket.MSG_DONTWAIT)
        if not data:
            self.end()
        for header, blob in self._reader.feed(data):
            self._take(header, blob)

    def _take(self, header: dict[str, Any], blob: bytes) -> None:
        match header["t"]:
            case "invoke":
                self._invoke(header, blob)
            case "load":
                self._load(Path(header["app"]), header.get("imported", True))
            case "import":
                import_ahead(header["names"])
            case "end":
                self.end()

    def _load(self, app: Path, tell_imported: bool) -> None:
        try:
            loaded = load(app) if self._loaded is None else self._loaded
            ahead = imported() if tell_imported else []
            data = frame({"t": "loaded", "functions": [one.facts for one in loaded], "imported": ahead})
        except BaseException as error:
            self.send({"t": "failed", "error": report(error, app)})
            return
        self._functions = {one.name: one for one in loaded}
        self._send_whole(data)

    def _invoke(self, header: dict[str, Any], blob: bytes) -> None:
        call = Call(self._functions[header["function"]], header, blob)
        if call.function.signature.is_async:
            task = self._loop.create_task(self._answer_async(call))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        try:
            self._threads.submit(self._answer, call)
        except RuntimeError as error:  # the app has used up the threads that a process may have
            self._end_call(call, call.failed(error))

    def _answer(self, call: Call) -> None:
        self._end_call(call, call.run())

    async def _answer_async(self, call: Call) -> None:
        self._end_call(call, await call.run_async())

    def _end_call(self, call: Call, answer: tuple[dict[str, Any], bytes]) -> None:
        """Sends the answer, or why it cannot be sent: every call ends."""
        try:
            data = frame(*answer)
        except Exception as error:  # such as a number of more digits than Python writes
            data = frame(*call.failed(error))
        self._send_whole(data)


def thread_count() -> int:
    """`PYTHON_THREADPOOL_THREAD_COUNT`, else Python's own default."""
    wanted = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
    return min(max(int(wanted), 1), 1024) if wanted.isdigit() else min(32, (os.cpu_count() or 1) + 4)


def import_ahead(names: list[str]) -> None:
    """Imports installed modules before the app asks for them; what cannot be imported is left for the app to find."""
    for name in names:
        try:
            __import__(name)
        except BaseException:
            sys.modules.pop(name, None)


def main(descriptor: int) -> None:
    """Runs the worker on the socket with this descriptor."""
    Worker(descriptor).run()
