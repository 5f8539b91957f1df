"""The host id: the same for every start of the same app on the same computer, as Core Tools reckons it."""

import hashlib
import platform
import re
from collections.abc import Mapping
from pathlib import Path

from .loading.settings import setting

SETTING = "AzureFunctionsWebHost__hostid"
LONGEST = 32


def host_id(app: Path, settings: Mapping[str, str]) -> str:
    """`AzureFunctionsWebHost__hostid`, else made of the computer's name and the app's folder; at most 32 characters."""
    if given := setting(settings, SETTING):
        return re.sub(r"[^a-z0-9-]", "", given.lower())[:LONGEST].strip("-") or "host"
    machine = re.sub(r"[^a-z0-9]", "", platform.node().lower())[:20] or "camp"
    return f"{machine}-{hashlib.sha256(str(app).encode()).hexdigest()[:10]}"
