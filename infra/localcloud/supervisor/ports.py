"""The ports of one clone: remembered in `.camp/ports.json`, so that bookmarks keep working."""

import fcntl
import os
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

from localcloud.loopback import free_port, is_free
from localcloud.messages import _

from .ledger import read_json, write_json


class PortBook:
    """Gives each name its usual port, else the one that it had, else a free one (and `say`s so).

    While the book is open, no other camp of this user is given its ports, those too that nothing listens on yet.
    """

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
            had = self.ports.get(name, port)
            for wanted in dict.fromkeys((port, had)):  # the usual one may have been taken for a while only
                if wanted not in chosen.values() and is_free(wanted) and self._reserve(wanted):
                    chosen[name] = wanted
                    break
            if name in chosen:
                continue
            chosen[name] = self._another(set(chosen.values()) | set(usual.values()))
            self._say(
                _("Port {taken} is in use by another program; {name} is on {port} instead.").format(
                    taken=had, name=name, port=chosen[name]
                )
            )
        self.ports.update(chosen)
        self.save()
        return chosen

    def _another(self, avoid: set[int]) -> int:
        while (port := free_port()) in avoid or not self._reserve(port):
            continue
        return port

    def _reserve(self, port: int) -> bool:
        """Whether no other camp holds the port; from now on this one does, until its process ends."""
        path = Path(tempfile.gettempdir()) / f"serverless-camp-{os.getuid()}-{port}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        weakref.finalize(self, os.close, descriptor)
        return True

    def save(self) -> None:
        """Writes the book; also after somebody deleted it."""
        write_json(self._path, self.ports)
