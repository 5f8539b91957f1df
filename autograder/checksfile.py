"""A lab's file of checks, imported without pytest, which takes longer to start than most checks to run."""

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from autograder.checking import mark_of
from localcloud.messages import _

CheckFunction = Callable[..., Awaitable[None]]
ONLY_PARAMETER = "camp"
LAST_LINES = 12


class ChecksBroken(Exception):
    """A file of checks that cannot be run: a fault of whoever wrote it. The text says where and why."""


def checks_in(file: Path) -> dict[str, CheckFunction]:
    """The check functions of a file by their ids; ChecksBroken when they cannot be run."""
    try:
        return _checks_in(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise ChecksBroken(_("{file} cannot be read: {why}").format(file=file.name, why=error)) from error


@lru_cache(maxsize=8)
def _checks_in(file: Path, _changed: int) -> dict[str, CheckFunction]:
    module = _imported(file)
    found = {mark.id: one for one in vars(module).values() if (mark := mark_of(one))}
    if faults := [f"{file.name}: {fault}" for fault in _faults(module, found)]:
        raise ChecksBroken("\n".join(faults))
    return found


def _imported(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"camp_checks_{file.stem}", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for the names in annotations
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # pytest.skip and sys.exit at the top of a file are no Exceptions
        lines = "".join(traceback.format_exception(error)).splitlines()[-LAST_LINES:]
        words = _("{file} cannot be imported: {why}").format(file=file.name, why="\n".join(lines))
        raise ChecksBroken(words) from error
    return module


def _faults(module: ModuleType, checks: dict[str, CheckFunction]) -> Iterator[str]:
    """What only pytest could do, which does not run the checks."""
    if hasattr(module, "pytestmark"):
        yield _("pytest's marks are not used: 'pytestmark' must go.")
    for id, check in checks.items():
        wanted = list(inspect.signature(check).parameters)
        if hasattr(check, "pytestmark"):
            yield _("pytest's marks are not used: check {id} has some.").format(id=id)
        if wanted != [ONLY_PARAMETER]:
            words = _("Check {id} must have the one parameter 'camp', not ({wanted}); there are no other fixtures.")
            yield words.format(id=id, wanted=", ".join(wanted))
