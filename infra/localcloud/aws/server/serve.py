"""`python serve.py <port>`: moto's SQS, SNS and DynamoDB on loopback, in memory, until standard input ends.

Port 0 is any free one. The port that is served is printed: `listening on 127.0.0.1:<port>`. Learner code may send
whatever it likes, so this process is of no use to it: no other service of moto is there, and it cannot connect
anywhere, start a process or write a file.
"""

import contextlib
import io
import logging
import os
import resource
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any
from xml.sax.saxutils import escape

from moto.core.responses import BaseResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sqs.models import SQSBackend
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

VERSION = "5.2.5"  # of moto, that `receive_message` and `leave_out_iam` are for
HOST, ACCOUNT = "127.0.0.1", "123456789012"
SERVICES = frozenset({"sqs", "sns", "dynamodb", "dynamodbstreams"})
LISTENING = "listening on {host}:{port}"
MOST_BYTES = 17 << 20  # of one request: a batch of DynamoDB writes has up to 16 MB
MOST_MEMORY = 768 << 20
STACK_BYTES = 512 << 10  # of a request's thread, instead of 8 MB
LOOK_EVERY = 0.05
FORBIDDEN = ("socket.connect", "socket.sendto", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

# One request at a time, except for the waits of long polls. moto 5.2.5 takes no locks: a message that is sent while
# another one is deleted is lost, and of two conditional writes of one item at the same time both succeed.
TURN = threading.Condition()
of_thread = threading.local()
receive_at_once = SQSBackend.receive_message


class ClientGone(Exception):
    """Nobody waits for the answer of this long poll, so it must not receive a message."""


def receive_message(backend: Any, name: str, count: int, seconds: int, *more: Any) -> list[Any]:
    """Replaces moto's, whose long polls look only once a second for messages that became visible again, receive
    messages for clients that have gone, and let one message of a FIFO queue's group overtake another."""
    deadline = time.monotonic() + seconds
    while True:
        queue = backend.get_queue(name)
        queue.pending_messages.difference_update([one for one in queue.pending_messages if one.visible])
        found: list[Any] = receive_at_once(backend, name, count, 0, *more)
        if found or time.monotonic() >= deadline:
            return found
        TURN.wait(LOOK_EVERY)
        if _has_gone(of_thread.connection):
            raise ClientGone


def _has_gone(connection: socket.socket) -> bool:
    readable, _writable, _errors = select.select([connection], [], [], 0)
    return bool(readable) and not connection.recv(1, socket.MSG_PEEK)


class OneByOne:
    """Answers a request once it is read, while no other request is answered."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if "HTTP_TRANSFER_ENCODING" in environ or not length.isdigit():
            return Response("A Content-Length is missing.", 411)(environ, start_response)
        if int(length) > MOST_BYTES:
            return Response("The request is too large.", 413)(environ, start_response)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
        of_thread.connection = environ["werkzeug.socket"]
        with TURN:
            try:
                return [b"".join(self._application(environ, start_response))]
            except ClientGone:
                return Response(status=400)(environ, start_response)
            finally:
                TURN.notify_all()


def leave_out_iam() -> None:
    """At its first request moto 5.2.5 imports IAM with all of AWS's policies (16 MB), to find the account of an access
    key, of which there is one here, and to check permissions, which it does only where it is asked to."""
    models = ModuleType("moto.iam.models")
    vars(models)["get_account_id_from"] = lambda _access_key: ACCOUNT
    vars(models)["mark_account_as_visited"] = lambda **_visit: None
    sys.modules.update({"moto.iam": ModuleType("moto.iam"), "moto.iam.models": models})
    BaseResponse._authenticate_and_authorize_normal_action = lambda *_arguments: None


def backend(name: Any) -> Any:
    """The application of one of moto's services, or one that refuses."""
    return create_backend_app(name) if name in SERVICES else refusal(str(name))


def refusal(name: str) -> Application:
    """Says that there is no such service, in the way that clients of either of AWS's protocols understand."""
    text = f"This local AWS has SQS, SNS and DynamoDB, but not {name}."

    def refuse(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if "json" in environ.get("CONTENT_TYPE", ""):
            body = '{"__type": "NotImplemented", "message": "' + text + '"}'
            kind = "application/x-amz-json-1.0"
        else:
            body = f"<ErrorResponse><Error><Code>NotImplemented</Code><Message>{escape(text)}</Message></Error>"
            body, kind = body + "</ErrorResponse>", "text/xml"
        return Response(body, 501, content_type=kind)(environ, start_response)

    return refuse


def keep_apart() -> None:
    """Takes from this process what it has no use for. What was imported by now stays usable."""
    with contextlib.suppress(ValueError, OSError):  # not every system limits memory so
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in FORBIDDEN or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING):
            raise PermissionError(f"{event} is forbidden in the local AWS")

    sys.addaudithook(refuse)


def end_with_the_parent() -> None:
    """Ends this process when the other end of standard input is closed."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(0)


def main(port: int) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    threading.Thread(target=end_with_the_parent, daemon=True).start()
    leave_out_iam()
    SQSBackend.receive_message = receive_message
    application = DomainDispatcherApplication(backend)
    for name in ("sqs", "dynamodb"):  # imported now, and not at the first request
        application.app_instances[name] = create_backend_app(name)
    threading.stack_size(STACK_BYTES)
    server = make_server(HOST, port, OneByOne(application), threaded=True, request_handler=MotoRequestHandler)
    keep_apart()
    print(LISTENING.format(host=HOST, port=server.server_port), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
