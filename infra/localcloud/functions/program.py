"""The Functions host as a program: `python -m localcloud.functions`, and what `camp func start` runs."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.logs import set_up_logging
from localcloud.messages import _

from .console import Listed, key_listing, listing, missing_storage
from .host import FunctionsHost
from .loading.hostjson import write_default
from .loading.settings import check_origins, read_local_settings, with_environment

USER_LOG_LEVEL = "AzureFunctionsJobHost__logging__logLevel__Function"
LEVELS = {"DEBUG": logging.DEBUG, "WARNING": logging.WARNING, "ERROR": logging.ERROR, "CRITICAL": logging.CRITICAL}


@dataclass(frozen=True)
class Options:
    """How to run the host; `core_tools` prints as `func start` does, else the camp's log lines are written. `cors` and
    `cors_credentials` stand over local.settings.json, `settings` over all others, `user_log_level` under them."""

    app: Path
    port: int
    python: Path
    enforce_keys: bool = False
    watch: bool = True
    state_dir: Path | None = None
    workers: int | None = None
    idle_timeout: float | None = None
    core_tools: bool = False
    cors: tuple[str, ...] = ()
    cors_credentials: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    user_log_level: str | None = None


class HostProgram:
    """A host that runs until SIGINT or SIGTERM."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._told: set[str] = set()
        self._host = FunctionsHost(
            options.app,
            settings=self._settings,
            python=options.python,
            port=options.port,
            enforce_keys=options.enforce_keys,
            workers=options.workers,
            idle_timeout=options.idle_timeout,
            watch=options.watch,
            state_dir=options.state_dir,
        )
        self._host.log.sink = self._print if options.core_tools else _log

    async def run(self) -> None:
        """Runs until it is told to stop."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        if write_default(self._options.app / "host.json"):
            self._host.say(_("There was no host.json; one with the usual values is made."))
        await self._host.start()
        try:
            self._tell_where()
            await stop.wait()
        finally:
            await self._host.stop()

    def _settings(self) -> Mapping[str, str]:
        """The environment, and local.settings.json where it has nothing; read again at every load."""
        options = self._options
        local = read_local_settings(options.app / "local.settings.json")
        self._host.cors = options.cors or tuple(local.cors)
        self._host.cors_credentials = options.cors_credentials or local.cors_credentials
        check_origins(self._host.cors, self._host.cors_credentials)
        settings, warnings = with_environment(local.values, os.environ)
        for warning in (*local.warnings, *(warnings if options.core_tools else ())):
            if warning not in self._told:
                self._host.log.say(warning, "WARNING")
            self._told.add(warning)
        level = {USER_LOG_LEVEL: options.user_log_level} if options.user_log_level else {}
        return {**level, **settings, **options.settings}

    def _tell_where(self) -> None:
        host = self._host
        if host.url.rsplit(":", 1)[1] != str(self._options.port) and self._options.port:
            host.log.say(
                _("Port {port} is taken. The host listens on {url} instead.").format(
                    port=self._options.port, url=host.url
                ),
                "WARNING",
            )
        functions = host.functions.values()
        if why := missing_storage([str(one.trigger["type"]) for one in functions], host.settings):
            host.log.say(why, "ERROR")
        if self._options.core_tools and functions:
            listed = [
                Listed(one.name, str(one.trigger["type"]), one.address(host.base_url) or "", sorted(one.methods or ()))
                for one in functions
            ]
            print("\n" + listing(listed), flush=True)
        if self._options.core_tools and self._options.enforce_keys:
            print(
                key_listing(host.app.keys, [one.name for one in functions if one.is_http], host.state_dir), flush=True
            )

    @staticmethod
    def _print(message: str, level: str, _trace: str | None) -> None:
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
        print(f"[{stamp}] {message}", flush=True)


def _log(message: str, level: str, trace: str | None) -> None:
    logging.getLogger("functions").log(LEVELS.get(level, logging.INFO), message, extra={"trace": trace})


def run(options: Options) -> None:
    """Runs the host in this process until it is stopped; SystemExit with a sentence when the folder is no app."""
    if not options.app.is_dir():
        sys.exit(_("There is no folder {folder}.").format(folder=options.app))
    asyncio.run(HostProgram(options).run())


def main() -> None:
    """`python -m localcloud.functions`: the service that the supervisor runs."""
    parser = argparse.ArgumentParser(prog="localcloud.functions", description=_("The Functions host of the camp."))
    parser.add_argument("--app", type=Path, required=True, metavar="DIR")
    parser.add_argument("--port", type=int, default=7071)
    parser.add_argument("--python", type=Path, metavar="PATH", help=_("The interpreter of the workers."))
    parser.add_argument("--enforce-keys", action="store_true")
    parser.add_argument("--watch", action="store_true")
    parser.add_argument("--lifeline", action="store_true", help=_("End when standard input ends."))
    parser.add_argument("--state-dir", type=Path, metavar="DIR")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--idle-timeout", type=float, metavar="SECONDS", help=_("Scale to zero after so long."))
    given = parser.parse_args()
    set_up_logging("functions")
    if given.lifeline:
        from localcloud.supervisor.lifeline import hold as hold_on

        hold_on()
    python = given.python or Path(os.environ.get("CAMP_APPS_PYTHON") or sys.executable)
    run(
        Options(
            given.app, given.port, python, given.enforce_keys, given.watch, given.state_dir, given.workers,
            given.idle_timeout,
        )
    )  # fmt: skip
