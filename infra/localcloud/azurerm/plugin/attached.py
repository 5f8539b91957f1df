"""Providers that many commands share: engines attach to them (TF_REATTACH_PROVIDERS) and start none.

There is a socket for each provider, in a folder that its user alone may enter. Every connection gets a server of its
own, with its own configuration: a command makes one for each provider block, and several commands run at once.
"""

import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent import futures
from itertools import count
from pathlib import Path
from typing import Any

import grpc
from tf.gen import grpc_controller_pb2_grpc as controller_rpc
from tf.gen import grpc_stdio_pb2_grpc as stdio_rpc
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc

from ..problems import Failed, Problem
from ..provider import Provider
from .serve import MOST_BYTES, WORKERS, Controller, Stdio
from .servicer import Servicer, answers

MOST_PLANNED = 500  # resources of one command: no lab needs a hundred, and ten thousand take a minute
CHUNK = 65_536
READY, TOO_MANY = "ready", "too-many"


class AttachedServicer(Servicer):
    """One that refuses to plan without an end, and says so to whoever started the providers."""

    _planned = 0

    @answers(pb.PlanResourceChange.Response)
    def PlanResourceChange(self, request: Any, context: Any) -> Any:
        self._planned += 1
        if self._planned > MOST_PLANNED:
            if self._planned == MOST_PLANNED + 1:
                print(f"{TOO_MANY} {MOST_PLANNED} {request.type_name}", flush=True)
            raise Failed(Problem(f"More than {MOST_PLANNED} resources in one plan"))
        return super().PlanResourceChange(request, context)


def serve_all(folder: Path, providers: Mapping[str, Callable[[], Provider]]) -> None:
    """Serves `<name>.sock` in `folder` for each until the standard input ends, as it does with whoever started this."""
    for name, make in providers.items():
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(folder / f"{name}.sock"))
        listener.listen(64)
        threading.Thread(target=_accept, args=(listener, folder / name, make()), daemon=True).start()
    print(READY, flush=True)
    sys.stdin.read()
    os._exit(0)  # a call of the model that nobody waits for any more is not waited for


def _accept(listener: socket.socket, place: Path, provider: Provider) -> None:
    for number in count():
        connection, _address = listener.accept()
        path = place.with_name(f"{place.name}-{number}.sock")
        threading.Thread(target=_serve, args=(connection, path, provider), daemon=True).start()


def _serve(connection: socket.socket, path: Path, provider: Provider) -> None:
    """Serves one connection to its end. Engines first try whether somebody listens: such a one says nothing."""
    with connection, contextlib.suppress(OSError):
        if not (first := connection.recv(CHUNK)):
            return
        server = _server(path, provider)
        try:
            with socket.socket(socket.AF_UNIX) as inner:
                inner.connect(str(path))
                inner.sendall(first)
                back = threading.Thread(target=_pump, args=(inner, connection), daemon=True)
                back.start()
                _pump(connection, inner)
                back.join()
        finally:
            server.stop(grace=0).wait()
            path.unlink(missing_ok=True)


def _server(path: Path, provider: Provider) -> Any:
    options = [("grpc.max_receive_message_length", MOST_BYTES), ("grpc.max_send_message_length", MOST_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=options)
    rpc.add_ProviderServicer_to_server(AttachedServicer(provider, lambda: None), server)
    controller_rpc.add_GRPCControllerServicer_to_server(Controller(threading.Event()), server)
    stdio_rpc.add_GRPCStdioServicer_to_server(Stdio(), server)
    server.add_insecure_port(f"unix:{path}")
    server.start()
    return server


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
