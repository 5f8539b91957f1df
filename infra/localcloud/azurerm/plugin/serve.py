"""The handshake of go-plugin, and the server: TLS on a socket in a folder that this user alone may enter.

The engine's own certificate (PLUGIN_CLIENT_CERT) cannot be asked for: its key is on the curve P-521, which gRPC's TLS
does not verify.
"""

import base64
import os
import sys
import tempfile
import threading
from concurrent import futures
from datetime import datetime, timedelta, timezone
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tf.gen import grpc_controller_pb2 as controller
from tf.gen import grpc_controller_pb2_grpc as controller_rpc
from tf.gen import grpc_stdio_pb2_grpc as stdio_rpc
from tf.gen import tfplugin_pb2_grpc as rpc

from ..provider import Provider
from .servicer import Servicer

PROTOCOL, PLUGIN = 6, 1
WORKERS = 12  # the engine works on ten resources at once
MOST_BYTES = 64 * 1024 * 1024
DAY = timedelta(days=1)


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
    certificate, key = _certificate()
    credentials = grpc.ssl_server_credentials([(key, certificate.public_bytes(serialization.Encoding.PEM))])
    with tempfile.TemporaryDirectory(prefix="camp-plugin-") as folder:
        path = f"{folder}/plugin.sock"
        server.add_secure_port(f"unix:{path}", credentials)
        server.start()
        der = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode().rstrip("=")
        print(f"{PLUGIN}|{PROTOCOL}|unix|{path}|grpc|{der}", flush=True)
        parent = os.getppid()
        while not ended.wait(1.0):
            if os.getppid() != parent:  # the engine died
                break
        server.stop(grace=0.2).wait()
    sys.stdout.flush()


def _certificate() -> tuple[x509.Certificate, bytes]:
    """A new one for this start alone, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    usage = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return builder.sign(key, hashes.SHA256()), pem
