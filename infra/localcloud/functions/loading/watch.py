"""Hot reload: an app is read again when one of its files is saved."""

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import Change, awatch

from localcloud.messages import _

if TYPE_CHECKING:
    from ..host import FunctionsHost
    from .hostjson import HostJson

SETTLE_MILLISECONDS = 50
LOOK_MILLISECONDS = 25
CODE = ".py"
NAMES = frozenset({"host.json", "local.settings.json", "function.json"})
IGNORED = frozenset({".camp", ".git", ".venv", "__pycache__", "node_modules", ".ipynb_checkpoints", "site-packages"})
LOADS_TO_KNOW = 2


def counts(path: Path, config: "HostJson") -> bool:
    """Whether a change of this file restarts the app; `path` from the app's folder. As with the real host these are
    its code, its own files, and what `watchFiles` and `watchDirectories` name; `local.settings.json` besides."""
    if path.parts and path.parts[0] in config.watch_directories:
        return True
    if IGNORED & set(path.parts):
        return False
    name = path.name.lower()
    return path.suffix.lower() == CODE or name in NAMES or name in {one.lower() for one in config.watch_files}


class OwnWrites:
    """Which files the app writes itself whenever it is loaded: to restart for them would never end."""

    def __init__(self) -> None:
        self._times: Counter[Path] = Counter()
        self._load = (0.0, 0.0)

    def loaded(self, began: float, ended: float) -> None:
        """The app was loaded between these times."""
        self._load = (began, ended)

    def sort(self, paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
        """Those of the paths that somebody has saved, and those that the app has just become known to write."""
        saved, own = [], []
        for path in paths:
            if not self._written_while_loading(path):
                saved.append(path)
                continue
            self._times[path] += 1
            if self._times[path] < LOADS_TO_KNOW:
                saved.append(path)
            elif self._times[path] == LOADS_TO_KNOW:
                own.append(path)
        return saved, own

    def _written_while_loading(self, path: Path) -> bool:
        began, ended = self._load
        try:
            return began <= path.stat().st_mtime <= ended
        except OSError:
            return False  # it is gone: somebody has deleted it


async def watch(host: "FunctionsHost") -> None:
    """Restarts the host whenever its app is saved, until cancelled."""

    def matters(_change: Change, path: str) -> bool:
        return host.config.file_watching and counts(Path(path).relative_to(host.app_dir), host.config)

    own_writes = OwnWrites()
    async for changes in awatch(
        host.app_dir,
        watch_filter=matters,
        debounce=SETTLE_MILLISECONDS,
        step=LOOK_MILLISECONDS,
        ignore_permission_denied=True,
    ):
        saved, own = own_writes.sort(sorted({Path(path) for _change, path in changes}))
        if own:
            text = _("The app writes {names} itself whenever it is loaded: it is not restarted for that.")
            host.say(text.format(names=_names(own)))
        if saved:
            host.say(f"{_names(saved)} changed. Restarting the app.")
            began = time.time()
            await host.restart()
            own_writes.loaded(began, time.time())


def _names(paths: Iterable[Path]) -> str:
    return ", ".join(sorted({path.name for path in paths}))
