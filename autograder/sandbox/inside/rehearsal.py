"""What the worker of a function app does, done beforehand in the nursery, so that the workers forked from it find the
code warm.

CPython writes into code that is new to it, and every page that a forked process writes on is copied for it. The app is
of no lab: a function that answers HTTP GET with JSON, which it gets from another server.
"""

import hashlib
import hmac
import importlib
import json
import socket
import threading
import time
import urllib.parse
import urllib.request
from types import ModuleType
from typing import Any

import azure.functions as func

TIMES = 12  # an instruction is specialised after eight
FUNCTION, SCRIPT = "item", "function_app.py"
READ_BYTES, SECONDS = 1 << 16, 5.0
ANSWER = {"name": "pen", "price": 1.5, "colours": ["red", "blue"]}


def rehearse() -> None:
    """Answers a request so many times, in a new worker each time; RuntimeError or TimeoutError when it is not answered.
    It leaves no thread, socket or setting behind."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        store = threading.Thread(target=_be_store, args=(listener,), name="store")
        store.start()
        try:
            for _time in range(TIMES):
                _answer_one(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            store.join()
            urllib.request.install_opener(None)


def _answer_one(port: int) -> None:
    frames, loading, serve = (importlib.import_module(f"camp_worker.{name}") for name in ("frames", "loading", "serve"))
    functions = [loading.loaded(one, SCRIPT) for one in _app(port).get_functions()]
    ours, theirs = socket.socketpair()
    worker = threading.Thread(target=_be_worker, args=(serve, theirs, functions), name="worker")
    worker.start()
    try:
        with ours:
            ours.settimeout(SECONDS)
            _be_host(ours, frames)
    finally:
        worker.join()


def _app(port: int) -> func.FunctionApp:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
    store = f"http://127.0.0.1:{port}"

    @app.route(route="items", methods=["GET"])
    def item(req: func.HttpRequest) -> func.HttpResponse:
        name, headers = req.params.get("name", ""), dict(req.headers)
        found = _asked(f"{store}/{urllib.parse.quote(name)}", {"Accept": headers["accept"]})
        seen = urllib.parse.urlencode({"name": name, "at": time.time()}).encode()
        _asked(f"{store}/seen", {"Content-Type": "application/x-www-form-urlencoded"}, seen)
        tag = hmac.new(b"key", json.dumps(found).encode(), hashlib.sha256).hexdigest()
        return func.HttpResponse(json.dumps(found), headers={"ETag": tag}, mimetype="application/json")

    return app


def _asked(url: str, headers: dict[str, str], body: bytes | None = None) -> Any:
    """The JSON that a server answers with: to GET, or to POST with a body."""
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return json.loads(answer.read().decode(answer.headers.get_content_charset()))


def _be_worker(serve: ModuleType, theirs: socket.socket, functions: list[Any]) -> None:
    """In a thread of this process, so it must not end as a worker does."""

    class Worker(serve.Worker):  # type: ignore[name-defined, misc]
        def end(self) -> None:
            self._loop.stop()

        def _end_with_the_host(self) -> None:
            """Its loop hears it as well."""

    worker = Worker(theirs.detach(), functions)
    worker.run()
    worker._threads.shutdown()
    worker._loop.close()
    worker._socket.close()


def _be_host(ours: socket.socket, frames: ModuleType) -> None:
    """Loads the app and has it answer one request."""
    query = {"name": str(ANSWER["name"])}
    request = {"method": "GET", "url": "http://127.0.0.1/api/items?name=pen", "query": query, "params": {}}
    request["headers"] = {"accept": "application/json", "content-type": "application/json"}
    inputs = {"req": {"type": "http", "value": request, "at": [0, 0]}}
    reader, told = frames.FrameReader(), dict[str, Any]()
    ours.sendall(frames.frame({"t": "load", "app": "/", "imported": False}))
    ours.sendall(frames.frame({"t": "invoke", "id": "1", "function": FUNCTION, "inputs": inputs}))
    while told.get("t") != "done":
        for told, blob in reader.feed(ours.recv(READ_BYTES)):
            if "error" in told or (told["t"] == "done" and json.loads(blob) != ANSWER):
                raise RuntimeError(told, blob)


def _be_store(listener: socket.socket) -> None:
    """Answers every request, until the listener is shut down."""
    answer = json.dumps(ANSWER).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {len(answer)}\r\n\r\n"
    while True:
        try:
            connection, _address = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as request:
            length = 0
            while line := request.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            request.read(length)
            connection.sendall(head.encode() + answer)
