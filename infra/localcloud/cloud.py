"""What a service of the local cloud is: how `camp up` runs it, and how one check run starts a private one of its own.

A service is one folder, `infra/localcloud/<name>/`, with a `service.py` that holds one `SERVICE`, and one line in
`registry.py`. It knows nothing of labs, checks or grades: of a check run it sees the protocol `Run` alone.
"""

import os
import random
import re
import socket
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from .messages import _

if TYPE_CHECKING:
    from .journal import Journal
    from .supervisor import ServiceProcess

LEAN = {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}  # the environment of our own processes

Table = Mapping[str, Any]
Quiet = Callable[[float, float], Awaitable[None]]


class NotAsExpected(Exception):
    """What was seen of the learner's app is not what was expected of it. Texts, for the learner to read; `next` is
    what to try next."""

    def __init__(self, *, seen: str, expected: str, next: str) -> None:
        super().__init__(f"seen: {seen}; expected: {expected}; next: {next}")
        self.seen = seen
        self.expected = expected
        self.next = next


class PreparationError(ValueError):
    """What a lab wants prepared in a service is not of the service's form; the text says what is wrong."""


class StandInUnusable(RuntimeError):
    """What should stand in for a service cannot; the text says why and what to do."""


class Run(Protocol):
    """One check run's private cloud, as a service sees it."""

    rng: random.Random  # ids, keys and secrets come from it: they are new in every run, and the same for a seed
    journal: "Journal"  # what happens in this run
    stack: AsyncExitStack  # what ends with the run
    settings: dict[str, str]  # the app settings of the services that have started

    async def listen(self, port: int) -> socket.socket | None:
        """A listening socket on this port of the sandbox's own loopback, to serve on as well; None without a sandbox,
        where the app reaches the port itself."""

    async def passage(self, port: int) -> None:
        """Lets the app in the sandbox connect to this port of the laptop; without a sandbox it can anyway."""


class Notes(Protocol):
    """What a view gets of the one check that uses it: its random numbers, and a note of what was sent last."""

    rng: random.Random

    def name(self) -> str: ...

    def word(self, length: int = 8) -> str: ...

    def note(self, sent: str) -> None: ...


@dataclass(frozen=True)
class Told:
    """A request that a service sent to the app."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class View:
    """What a check sees of a service: data, and NotAsExpected when the app has not done what was waited for."""

    def while_waiting(self) -> None:
        """Is called again and again while a check waits for rest; NotAsExpected when there will be none."""

    def names(self) -> Mapping[str, str]:
        """What the ids in the journal are called, such as those of people."""
        return {}

    def told(self, sent: str) -> Told | None:
        """The request that the app got of what was noted with these words; None when they are not of this service."""
        return None

    def own_ids(self) -> Mapping[str, str]:
        """The ids that no other cloud knows, each with the name under which its service's `at_home` has one."""
        return {}


@dataclass(frozen=True)
class Started:
    """A service that runs for one check run."""

    settings: Mapping[str, str] = field(default_factory=dict)  # what it gives the app
    views: Mapping[type[View], Callable[[Notes], View]] = field(default_factory=dict)  # made once for each check
    app_at: Callable[[str], None] | None = None  # is called with the app's URL once the app answers
    quiet: Quiet | None = None  # (silence, timeout) in seconds: returns once nothing has happened for so long
    wake: Callable[[], Awaitable[None]] | None = None  # is called if the app's code names one of the settings: returns
    # once the service answers without delay


@dataclass(frozen=True)
class Signed:
    """How a request was signed: with the right secret or not, and how many seconds ago."""

    valid: bool
    age: int = 0


@dataclass(frozen=True)
class Finding:
    """One thing that `camp doctor` looked at: what was `seen`, what to `type` if missing; only `needed` ones matter."""

    what: str
    ok: bool
    seen: str
    type: str = ""
    needed: bool = True


@dataclass(frozen=True)
class StandIn:
    """Something else in place of a service, such as a real account: where it is, and the settings that lead to it."""

    endpoint: str
    settings: Mapping[str, str]
    prepare: Callable[[Any], Sequence[str]]  # makes there what labs need, and returns the names of what it made


@dataclass(frozen=True)
class Opened:
    """What `camp up` tells its services."""

    services: tuple[str, ...]  # all that run, in the order of their needs
    ports: Mapping[str, int]
    secrets: Mapping[str, str]  # this clone's own
    state: Path  # `.camp/`
    app: Path  # the learner's folder
    python: Path  # the interpreter of the learner's code
    prepared: Mapping[str, Any]  # by service, what `CloudService.prepare` made of lab.toml
    settings: Mapping[str, str] = field(default_factory=dict)  # the app settings of all services
    idle: float | None = None  # seconds without a call after which workers end
    core_tools: Path | None = None  # `func`, in place of our Functions host
    portal: tuple["PortalOptions", ...] = ()  # what the services want of the portal
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # which lab has a service that does not run here
    before_app: tuple[str, ...] = ()  # the processes that the learner's app may call at once

    def port_of(self, name: str) -> int:
        return self.ports[name]

    def url_of(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"


@dataclass(frozen=True)
class PortalOptions:
    """What a service wants of the portal's process: arguments of its command line, and its environment."""

    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


class CloudService:
    """A service of the local cloud. What is not overridden is not needed."""

    name: str
    title: str  # what people call it
    ports: Mapping[str, int] = {}
    needs: tuple[str, ...] = ()  # services that must run whenever this one does
    owns: tuple[str, ...] = ()  # the app settings that are its own to give: an app's own values count for nothing
    secrets: Mapping[str, Callable[[], str]] = {}
    extras: tuple[str, ...] = ()  # tools that it fetches at first use
    stand_in_help: str | None = None  # `camp up --<name>` takes something else in its place: what, in a sentence
    stand_in_key: tuple[str, str, str] | None = None  # the option of its key: name, environment variable, sentence

    keeps_folder: bool = False  # what it stores comes from the learner's folder: `camp reset` puts back both or neither
    signs: Mapping[str, str] = {}  # the headers by which it signs what it sends to an app, and what each one holds

    def prepare(self, table: Table) -> Any:
        """What lab.toml's `[<name>]` asks for, checked; PreparationError. The table is empty when there is none."""
        if table:
            raise PreparationError(_("{name} prepares nothing").format(name=self.name))
        return None

    def settings(self, camp: Opened) -> dict[str, str]:
        """What it gives an app under `camp up`."""
        return {}

    def portal(self, camp: Opened) -> PortalOptions:
        """What the portal needs to show it."""
        return PortalOptions()

    def processes(self, camp: Opened) -> "list[ServiceProcess]":
        """How `camp up` runs it."""
        return []

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        """What a person may open or call, with its name."""
        return []

    def signature_of(self, headers: Mapping[str, str], body: bytes, settings: Mapping[str, str]) -> Signed | None:
        """How a request was signed that has the headers `signs`, for an app with these settings."""
        return None

    def signature(self, body: bytes, settings: Mapping[str, str], how: Signed, now: float) -> dict[str, str]:
        """The headers `signs` for this body, as at the time `now`."""
        return {}

    def at_home(self) -> Mapping[str, str]:
        """Ids in the camp that `camp up` opens, which stand for those of a check run: by the names in its view's
        `own_ids`."""
        return {}

    def findings(self) -> list[Finding]:
        """What `camp doctor` says of it."""
        return []

    def data(self, state: Path) -> Path | None:
        """The folder in `state` that holds what learners stored, which `camp reset` sets aside; None for none."""
        return None

    def in_use(self, data: Path) -> str | None:
        """A sentence if some process has the data open now."""
        return None

    def stand_in(self, given: str, key: str | None) -> StandIn:
        """What `camp up --<name> GIVEN` names; StandInUnusable."""
        raise StandInUnusable(_("Nothing can stand in for {name}.").format(name=self.name))

    async def start(self, run: Run, prepared: Any) -> Started:
        """Starts a private one; whatever it starts must end with `run.stack`."""
        return Started()


def answers(command: Sequence[str]) -> str | None:
    """What a program prints; None when it fails. For findings."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=False, env={**os.environ, "PYTHONPATH": ""}
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def unknown_keys(table: Table, known: Sequence[str], name: str) -> None:
    """PreparationError for a key of `[<name>]` that no service reads."""
    if unknown := sorted(set(table) - set(known)):
        raise PreparationError(
            _("unknown key {keys}; {name} knows {known}").format(
                keys=", ".join(unknown), name=name, known=", ".join(known)
            )
        )


def are_texts(value: Any, pattern: re.Pattern[str]) -> bool:
    """Whether it is a list of texts of this form."""
    return isinstance(value, list) and all(isinstance(one, str) and pattern.fullmatch(one) for one in value)


def wrong(text: str) -> NoReturn:
    raise PreparationError(text)
