"""Hot reload: an app is read again when one of its files is saved."""

from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import Change, awatch

if TYPE_CHECKING:
    from .host import FunctionsHost

SETTLE_MILLISECONDS = 50
LOOK_MILLISECONDS = 25
ENDINGS = (".py", ".txt", ".pyd", ".so")
NAMES = ("host.json", "local.settings.json", "function.json", "app_offline.htm")
IGNORED = frozenset({".camp", ".git", ".venv", "__pycache__", "node_modules", ".ipynb_checkpoints", "site-packages"})


def counts(_change: Change, path: str) -> bool:
    """Whether a change of this file restarts the app."""
    file = Path(path)
    return (file.suffix in ENDINGS or file.name in NAMES) and not IGNORED & set(file.parts)


async def watch(host: "FunctionsHost") -> None:
    """Restarts the host whenever its app is saved, until cancelled."""
    async for changes in awatch(
        host.app_dir,
        watch_filter=counts,
        debounce=SETTLE_MILLISECONDS,
        step=LOOK_MILLISECONDS,
        ignore_permission_denied=True,
    ):
        names = sorted({Path(path).name for _change, path in changes})
        host.say(f"{', '.join(names)} changed. Restarting the app.")
        await host.restart()
