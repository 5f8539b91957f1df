"""`.camp/services.json`: who runs, where it answers, and whether a process id still means the same process."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from localcloud.messages import _

SAME_PROCESS_SECONDS = 2.0


def write_json(path: Path, value: Any) -> None:
    """Writes `value` atomically, readable only by its owner; makes the folder when it is gone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
    os.replace(fresh, path)


def read_json(path: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """The JSON object in `path`; empty when there is none or, after telling `say`, when it is damaged."""
    try:
        known = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        say(_("{path} is damaged ({error}); it is made again.").format(path=path, error=error))
        return {}
    return known if isinstance(known, dict) else {}


def born(pid: int) -> float | None:
    """When the process started, in seconds since the epoch; None when there is none."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return None


@dataclass(frozen=True)
class Entry:
    """One process in the ledger: `started` tells it from a later one with the same `pid`."""

    name: str
    pid: int
    url: str
    state: str
    started: float

    @property
    def alive(self) -> bool:
        """Whether this very process runs."""
        started = born(self.pid)
        return started is not None and abs(started - self.started) < SAME_PROCESS_SECONDS


class Ledger:
    """The file that `camp status`, `camp down` and a second `camp up` read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, entries: list[Entry], facts: dict[str, Any]) -> None:
        services = {
            entry.name: {key: value for key, value in asdict(entry).items() if key != "name"} for entry in entries
        }
        write_json(self.path, {**services, "facts": facts})

    def entries(self) -> dict[str, Entry]:
        """The processes written down, dead or alive, by name. Facts that another version wrote are left
        out, and so is a process that lacks one."""
        ours = [one.name for one in fields(Entry) if one.name != "name"]
        return {
            name: Entry(name, **{key: facts[key] for key in ours})
            for name, facts in self._read().items()
            if name != "facts" and all(key in facts for key in ours)
        }

    def _read(self) -> dict[str, Any]:
        return read_json(self.path, lambda _damage: None)  # the supervisor writes it again each second

    def facts(self) -> dict[str, Any]:
        """What the supervisor wrote beside them (the lab, its folder)."""
        facts = self._read().get("facts", {})
        return facts if isinstance(facts, dict) else {}

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)
