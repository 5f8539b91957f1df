"""The handshake of go-plugin, and the server: TLS on a socket in a folder that this user alone may enter.

The engine's own certificate (PLUGIN_CLIENT_CERT) cannot be asked for: its key is on the curve P-521, which gRPC's TLS
does not verify.
"""

import os
import sys
import tempfile
import threading
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from tf.gen import grpc_controller_pb2 as controller
from tf.gen import grpc_controller_pb2_grpc as controller_rpc
from tf.gen import grpc_stdio_pb2_grpc as stdio_rpc
from tf.gen import tfplugin_pb2_grpc as rpc

from ..provider import Provider
from .servicer import Servicer

PROTOCOL, PLUGIN = 6, 1
WORKERS = 12  # the engine works on ten resources at once
MOST_BYTES = 64 * 1024 * 1024
FOLDER = "CAMP_PROVIDER_CERTIFICATE"  # where `setup.py` put the two files: to make them takes longer than all else
CERTIFICATE, KEY = "cosmos-certificate.pem", "cosmos-key.pem"


class Controller(controller_rpc.GRPCControllerServicer):  # type: ignore[misc]
    def __init__(self, ended: threading.Event) -> None:
        self._ended = ended

    def Shutdown(self, request: Any, context: Any) -> Any:
        self._ended.set()
        return controller.Empty()


class Stdio(stdio_rpc.GRPCStdioServicer):  # type: ignore[misc]
    def StreamStdio(self, request: Any, context: Any) -> Any:
        return iter(())


def serve(provider: Provider) -> None:
    """Serves until the engine says that it is done, or is gone."""
    ended = threading.Event()
    options = [("grpc.max_receive_message_length", MOST_BYTES), ("grpc.max_send_message_length", MOST_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=options)
    rpc.add_ProviderServicer_to_server(Servicer(provider, ended.set), server)
    controller_rpc.add_GRPCControllerServicer_to_server(Controller(ended), server)
    stdio_rpc.add_GRPCStdioServicer_to_server(Stdio(), server)
    pems = Path(os.environ[FOLDER])
    certificate = (pems / CERTIFICATE).read_text("ascii")
    credentials = grpc.ssl_server_credentials([((pems / KEY).read_bytes(), certificate.encode())])
    with tempfile.TemporaryDirectory(prefix="camp-plugin-") as folder:
        path = f"{folder}/plugin.sock"
        server.add_secure_port(f"unix:{path}", credentials)
        server.start()
        print(f"{PLUGIN}|{PROTOCOL}|unix|{path}|grpc|{_der(certificate)}", flush=True)
        parent = os.getppid()
        while not ended.wait(1.0):
            if os.getppid() != parent:  # the engine died
                break
        server.stop(grace=0.2).wait()
    sys.stdout.flush()


def _der(pem: str) -> str:
    """A certificate as the handshake wants it."""
    return "".join(line for line in pem.splitlines() if not line.startswith("-----")).rstrip("=")
