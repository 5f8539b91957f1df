"""What workers are started with: how many, and which environment."""

import os
from collections.abc import Mapping
from pathlib import Path

from localcloud.messages import _

from ..loading.settings import SettingsError, setting

COUNT = "FUNCTIONS_WORKER_PROCESS_COUNT"
MOST_WORKERS = 10
BASE = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")
LEFT_OUT = frozenset({"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV"})


def worker_environment(settings: Mapping[str, str], app: Path, url: str) -> dict[str, str]:
    """The app settings over the host's own variables; nothing else of this process's environment goes to an app."""
    base = {name: os.environ[name] for name in BASE if name in os.environ}
    own = {
        "AzureWebJobsScriptRoot": str(app),
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "FUNCTIONS_EXTENSION_VERSION": "~4",
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
        "WEBSITE_HOSTNAME": url.removeprefix("http://"),
    }
    return {**base, **own, **{name: text for name, text in settings.items() if name not in LEFT_OUT}}


def worker_count(settings: Mapping[str, str]) -> int:
    """`FUNCTIONS_WORKER_PROCESS_COUNT`, 1 to 10; SettingsError when it is no such number."""
    wanted = setting(settings, COUNT) or "1"
    if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= MOST_WORKERS):
        raise SettingsError(
            _("{name} is '{value}': write a number from 1 to {most}.").format(
                name=COUNT, value=wanted, most=MOST_WORKERS
            )
        )
    return int(wanted)
