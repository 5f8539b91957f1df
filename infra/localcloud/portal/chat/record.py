"""The journal on disk: one JSON line an entry, in a file that never grows beyond bounds."""

import json
import logging
from pathlib import Path

from localcloud.journal import Journal

MOST_BYTES = 4 * 1024 * 1024


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
