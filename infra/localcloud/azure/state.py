"""What the local Azure remembers from one `camp up` to the next, in one JSON file that only this user may read."""

import json
import os
from pathlib import Path
from typing import Any

from .content import Content
from .credentials import Credentials
from .deployment import Deployment, Swap
from .site import Site

KEPT_SWAPS = 200


class State:
    """Reads the file once; a file that is missing or broken counts as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found = _read(path)

    def name(self) -> str | None:
        found = self._found.get("name")
        return found if isinstance(found, str) else None

    def credentials(self) -> Credentials | None:
        found = self._found.get("credentials")
        return Credentials(**found) if isinstance(found, dict) else None

    def restore(self, site: Site) -> None:
        """Gives the site's slots what they held."""
        site.sticky = list(self._found.get("sticky", []))
        site.swaps = [Swap(**one) for one in self._found.get("swaps", [])]
        for name in site.slots:
            site.slots[name].content = self.content(name)

    def content(self, slot: str) -> Content:
        """What a slot held, once: another one of that name later begins with nothing."""
        kept = self._found.get("slots", {}).pop(slot, None)
        if kept is None:
            return Content()
        folder = Path(kept["folder"]) if kept["folder"] else None
        deployments = [Deployment.of(one) for one in kept["deployments"]]
        return Content(kept["own"], [one for one in deployments if one.ended], folder)

    def keep(self, site: Site, known: Credentials | None = None) -> None:
        slots = {
            name: {
                "own": slot.content.own,
                "folder": str(slot.content.folder) if slot.content.folder else None,
                "deployments": [one.to_json() for one in slot.content.deployments],
            }
            for name, slot in site.slots.items()
        }
        swaps = [one.to_json() for one in site.swaps[-KEPT_SWAPS:]]
        found = {"name": site.name, "sticky": site.sticky, "swaps": swaps, "slots": slots}
        credentials = {"credentials": known.to_json()} if known else {}
        write_private(self._path, json.dumps({**found, **credentials}, indent=2))


def write_private(path: Path, text: str) -> None:
    """Writes a file whole, for this user's eyes alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    anew = path.with_suffix(".new")
    descriptor = os.open(anew, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(anew, path)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
