"""The journal on disk: one JSON line an entry, in a file that never grows beyond bounds."""

import json
import logging
from pathlib import Path
from typing import Any

from localcloud.journal import Journal

MOST_BYTES = 4 * 1024 * 1024
MOST_PAST = 2_000  # entries: about 4 MB of memory


async def record(journal: Journal, path: Path, most_bytes: int = MOST_BYTES) -> None:
    """Writes what happens to `path` until cancelled; a full file becomes `<name>.1`, as does that of a run before."""
    _turn(path)
    async for entry in journal.follow():
        try:
            _append(path, json.dumps(entry.to_json()), most_bytes)
        except OSError as error:
            logging.getLogger("portal").warning("%s cannot be written: %s", path, error)


def _append(path: Path, line: str, most_bytes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        full = file.tell() > most_bytes
    if full:
        _turn(path)


def _turn(path: Path) -> None:
    if path.exists():
        path.replace(path.with_name(path.name + ".1"))


def past(path: Path) -> list[dict[str, Any]]:
    """The last entries of the runs before, oldest first, with numbers below those of this run; torn lines are left
    out."""
    found: list[dict[str, Any]] = []
    for file in (path.with_name(path.name + ".1"), path):
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue  # the first run, or a folder that cannot be read: `record` says so
        found += filter(None, map(_entry, lines[-MOST_PAST:]))
    found = found[-MOST_PAST:]
    return [{**entry, "number": number - len(found)} for number, entry in enumerate(found)]


def _entry(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    known = isinstance(found, dict) and isinstance(found.get("kind"), str) and isinstance(found.get("at"), float)
    return found if known else None
