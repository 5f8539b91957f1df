"""What bindings need of the host."""

import random
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from localcloud.journal import Journal

from ..loading.hostjson import HostJson
from ..worker.values import Value

if TYPE_CHECKING:
    from ..invocation import Result
    from ..loading.index import FunctionInfo


class BindingHost(Protocol):
    """The part of `FunctionsHost` that bindings see."""

    journal: Journal
    rng: random.Random
    time_scale: float  # of all waits; below 1 in checks
    state_dir: Path | None  # kept over restarts; None: nothing is kept

    @property
    def id(self) -> str:
        """The host id, the same at every start of the same app."""

    @property
    def settings(self) -> Mapping[str, str]:
        """The app settings."""

    @property
    def config(self) -> HostJson:
        """host.json."""

    async def invoke(
        self,
        function: "FunctionInfo",
        inputs: Mapping[str, Value],
        metadata: Mapping[str, Value],
        *,
        reason: str,
        details: str = "",
        trace: str | None = None,
        data: Mapping[str, Any] | None = None,
        source: Mapping[str, Any] | None = None,
    ) -> "Result":
        """Runs a function."""

    def say(self, message: str, level: str = "INFO") -> None:
        """One line of the host's own."""

    def at_stop(self, close: Callable[[], Awaitable[None]]) -> None:
        """Closes something when the host stops."""
