"""Kinds of hand-in: what learners make, which files belong to it, and how it is run beside the private cloud of a check
run. To add one, write `<kind>.py` with a `KIND` and add its name here."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from autograder.appfolder import AppProblem
from autograder.intake import Policy
from localcloud.cloud import Started
from localcloud.messages import _
from localcloud.registry import nearest

if TYPE_CHECKING:
    from autograder.lab import Lab
    from autograder.private import PrivateCloud

KINDS = ("function-app", "module", "sqs-handler", "migration", "repository", "infrastructure")
USUAL = "function-app"  # of a lab whose lab.toml names none


class UnknownKind(LookupError):
    """There is no such kind of hand-in; the text names the nearest one."""


class Staged(Protocol):
    """A hand-in that runs for one check run."""

    @property
    def started(self) -> Started: ...

    async def refresh(self) -> None:
        """Runs the files as they are now; AppProblem when they cannot be run."""


class Kind:
    """One kind of hand-in. What is not overridden holds for a folder of ordinary files."""

    name: str
    services: tuple[str, ...] = ()  # what it runs on, whatever else a lab names
    policy: Policy = Policy()  # what of a hand-in counts, and how much of it
    extras: tuple[str, ...] = ()  # tools that its checks need, fetched at first use
    wall_seconds: float = 0.0  # that all checks together may take in a sandbox, where that is more than usual
    busy: bool = False  # its checks keep a core busy: no more of them are graded at once than there are cores
    lasting: bool = False  # checks look at what has happened, and change nothing: a failed one spoils it for nobody

    def laid_out(self, folder: Path) -> None:
        """Prepares the learner's folder, once all files are in it; it may be called again and again."""

    def packed(self, folder: Path) -> dict[str, bytes] | None:
        """What is handed in of the learner's folder, by paths, where that is not its files as they are; AppProblem."""
        return None

    def notes(self, folder: Path) -> tuple[str, ...]:
        """What the learner should know before the folder is checked or handed in."""
        return ()

    def when_late(self) -> str:
        """What to look at when a check is not through in time."""
        return _("Look for a wait or a loop in your function that never ends.")

    def version(self, folder: Path) -> str | None:
        """What tells the learner's folder as it is handed in now from a later state of it, where commits count and not
        saves; None where each save of a file counts."""
        return None

    def lay_out(self, folder: Path) -> None:
        """Arranges the copy of the hand-in in `folder` as its code is to find it, before anything runs."""

    async def stage(self, cloud: "PrivateCloud", folder: Path) -> Staged | None:
        """Runs the copy of the hand-in in `folder`; AppProblem when it cannot be run. None for a kind that is started
        by the first check that asks for it."""
        return None


def kind(name: str) -> Kind:
    """The kind of this name; UnknownKind."""
    if name not in KINDS:
        raise UnknownKind(_("there is no kind {name}").format(name=name) + nearest(name, KINDS))
    found = importlib.import_module(f"autograder.kinds.{name.replace('-', '_')}").KIND
    assert isinstance(found, Kind)
    return found


def version_of(lab: "Lab", folder: Path) -> str | None:
    """The version of a learner's folder (see `Kind.version`), where one of the lab's kinds has some."""
    return next((version for name in lab.kinds if (version := kind(name).version(folder)) is not None), None)


def packed_of(lab: "Lab", folder: Path) -> dict[str, bytes] | None:
    """What is handed in of a learner's folder, where one of the lab's kinds says so."""
    return next((packed for name in lab.kinds if (packed := kind(name).packed(folder)) is not None), None)


def notes_of(lab: "Lab", folder: Path) -> list[str]:
    """What the learner should know of the folder before it is checked (see `Kind.notes`)."""
    try:
        return [note for name in lab.kinds for note in kind(name).notes(folder)]
    except AppProblem:
        return []  # the checks say so
