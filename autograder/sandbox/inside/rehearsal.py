"""What a bot's worker does, done beforehand in the nursery, so that the workers forked from it find the code warm.

CPython writes into code that is new to it, and every page that a forked process writes on is copied for it.
"""

import hashlib
import hmac
import importlib
import json
import socket
import threading
import time
import urllib.request
from types import ModuleType
from typing import Any

import azure.functions as func
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

TIMES = 12  # an instruction is specialised after eight
SECRET, SCRIPT = "rehearsal", "function_app.py"
READ_BYTES, SECONDS = 1 << 16, 5.0
EVENT = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.2", "text": "<@U2> hello"}
ANSWER = {"ok": True, "user_id": "U2", "user": {"id": "U1", "name": "n"}, "messages": [{"user": "U1", "text": "hello"}]}


def rehearse() -> None:
    """Answers a mention so many times, in a new worker each time; RuntimeError or TimeoutError when it is not answered.
    It leaves no thread, socket or setting behind."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        slack = threading.Thread(target=_be_slack, args=(listener,), name="slack")
        slack.start()
        try:
            for _time in range(TIMES):
                _answer_one(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            slack.join()
            urllib.request._opener = None  # type: ignore[attr-defined]


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
    slack = WebClient(token="xoxb-rehearsal", base_url=f"http://127.0.0.1:{port}/api/", timeout=int(SECONDS))
    verifier = SignatureVerifier(SECRET)

    @app.route(route="slack/events", methods=["POST"])
    def events(req: func.HttpRequest) -> func.HttpResponse:
        if not verifier.is_valid_request(req.get_body(), dict(req.headers)):
            return func.HttpResponse(status_code=401)
        event = req.get_json()["event"]
        name = slack.users_info(user=event["user"])["user"]["name"]
        slack.auth_test()
        for _page in slack.conversations_history(channel=event["channel"], latest=event["ts"], limit=200):
            slack.chat_postMessage(channel=event["channel"], thread_ts=None, text=f"Hello, {name}")
        return func.HttpResponse(json.dumps({}), mimetype="application/json")

    return app


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
    """Loads the app and lets it answer one mention."""
    body, stamp = json.dumps({"type": "event_callback", "event": EVENT}).encode(), str(int(time.time()))
    signed = hmac.new(SECRET.encode(), b"v0:%b:%b" % (stamp.encode(), body), hashlib.sha256).hexdigest()
    headers = {"x-slack-signature": f"v0={signed}", "x-slack-request-timestamp": stamp}
    request = {"method": "POST", "url": "http://127.0.0.1/", "headers": headers, "query": {}, "params": {}}
    inputs = {"req": {"type": "http", "value": request, "at": [0, len(body)]}}
    reader, told = frames.FrameReader(), dict[str, Any]()
    ours.sendall(frames.frame({"t": "load", "app": "/", "imported": False}))
    ours.sendall(frames.frame({"t": "invoke", "id": "1", "function": "events", "inputs": inputs}, body))
    while told.get("t") != "done":
        for told, _blob in reader.feed(ours.recv(READ_BYTES)):
            if "error" in told or (told["t"] == "done" and told["returned"]["value"]["status_code"] != "200"):
                raise RuntimeError(told)


def _be_slack(listener: socket.socket) -> None:
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
