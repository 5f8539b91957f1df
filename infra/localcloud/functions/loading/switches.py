"""Functions that a person switched off or on, as app settings over those of the app; kept beside the keys."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from localcloud.messages import _

from .settings import SettingsError
from .validation import disabling_settings

FILE = "switches.json"


class Switches:
    """Which functions are `disabled` (True) or enabled in spite of the app's settings (False)."""

    def __init__(self, state_dir: Path | None) -> None:
        self._path = state_dir and state_dir / FILE
        self._set: dict[str, bool] = {}

    def put(self, function: str, disabled: bool) -> None:
        """Switches a function off or on, and keeps it so."""
        self._set = {**self._kept(), function: disabled}
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=FILE)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self._set, file, indent=2)
        os.replace(name, self._path)

    def over(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        """The settings as Azure would have them: `AzureWebJobs.<function>.Disabled` for each switch. SettingsError when
        the file that keeps them holds something else."""
        if not (switches := self._kept()):
            return settings
        replaced = {key.lower() for name in switches for key in disabling_settings(name)}
        kept = {name: text for name, text in settings.items() if name.lower() not in replaced}
        ours = {disabling_settings(name)[0]: str(disabled).lower() for name, disabled in switches.items()}
        return {**kept, **ours}

    def _kept(self) -> dict[str, bool]:
        if self._path is None or not self._path.exists():
            return self._set
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            if not isinstance(found, dict) or not all(isinstance(one, bool) for one in found.values()):
                raise ValueError("switches")
        except ValueError as error:
            text = _("{file} does not say which functions are disabled. Delete it: all are enabled then.")
            raise SettingsError(text.format(file=self._path)) from error
        return found
