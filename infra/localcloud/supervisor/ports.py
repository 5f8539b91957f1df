"""The ports of one clone: remembered in `.camp/ports.json`, so that bookmarks keep working."""

import socket
from collections.abc import Callable
from pathlib import Path

from localcloud.messages import _
from localcloud.serving import LOOPBACK

from .ledger import read_json, write_json


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


class PortBook:
    """Gives each name the port that it had, else its usual one, else a free one (and `say`s so)."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self._path = path
        self._say = say
        self.ports: dict[str, int] = self._remembered()

    def _remembered(self) -> dict[str, int]:
        known = read_json(self._path, self._say)
        return {name: port for name, port in known.items() if isinstance(port, int) and 0 < port < 65_536}

    def choose(self, usual: dict[str, int]) -> dict[str, int]:
        """The ports for the names in `usual` (each with its usual port), all different; remembers them."""
        chosen: dict[str, int] = {}
        for name, port in usual.items():
            wanted = self.ports.get(name, port)
            if wanted not in chosen.values() and is_free(wanted):
                chosen[name] = wanted
                continue
            chosen[name] = self._another(set(chosen.values()) | set(usual.values()))
            self._say(
                _("Port {taken} is in use by another program; {name} is on {port} instead.").format(
                    taken=wanted, name=name, port=chosen[name]
                )
            )
        self.ports.update(chosen)
        self.save()
        return chosen

    @staticmethod
    def _another(avoid: set[int]) -> int:
        while (port := free_port()) in avoid:
            continue
        return port

    def save(self) -> None:
        """Writes the book; also after somebody deleted it."""
        write_json(self._path, self.ports)
