"""The loopback interface: the only one that anything here binds. (Light: `localcloud.serving` brings aiohttp.)"""

import asyncio
import socket
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
TICKS_TO_ACCEPT = 4  # asyncio makes a connection of an accepted socket in so many turns of its loop
LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


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


def listen(port: int = 0) -> socket.socket:
    """A listening loopback socket on `port`, or on a free port when `port` is 0 or taken."""
    for candidate in (port, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, candidate))
            listener.listen(1024)
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError("no free port on the loopback interface")


@lru_cache(64)
def is_local(authority: str) -> bool:
    """Whether a Host header's value names this computer; the port may be any."""
    try:
        return urlsplit(f"//{authority}").hostname in LOCAL_NAMES
    except ValueError:  # brackets that are no IPv6 address
        return False


async def stop_accepting(listeners: Iterable[socket.socket]) -> None:
    """Takes no more connections on sockets that asyncio serves, and lets those just accepted come to be: a server that
    is closed meanwhile would lose them, unclosed."""
    loop = asyncio.get_running_loop()
    for listener in listeners:
        if listener.fileno() >= 0:
            loop.remove_reader(listener)
    for _tick in range(TICKS_TO_ACCEPT):
        await asyncio.sleep(0)
