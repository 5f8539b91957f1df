"""The loopback interface: the only one that anything here binds. (Light: `localcloud.serving` brings aiohttp.)"""

import socket

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether this port of the loopback interface can be bound now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
