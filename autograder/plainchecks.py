"""Checks without pytest around them: for a grader, which runs the same ones again and again."""

import importlib.util
import inspect
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path

from autograder.checking import mark_of

CheckFunction = Callable[..., Awaitable[None]]


def plain_checks(file: Path) -> dict[str, CheckFunction] | None:
    """The check functions of a file by id; None when pytest must run them, since they want more than `camp`, have
    one of its marks, or cannot be imported."""
    try:
        return _plain_checks(file, file.stat().st_mtime_ns)
    except Exception:  # pytest tells what it is
        return None


@lru_cache(maxsize=8)
def _plain_checks(file: Path, _changed: int) -> dict[str, CheckFunction] | None:
    spec = importlib.util.spec_from_file_location(f"camp_checks_{file.stem}", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = {mark.id: one for one in vars(module).values() if (mark := mark_of(one))}
    wants_more = any(
        list(inspect.signature(one).parameters) != ["camp"] or hasattr(one, "pytestmark") for one in found.values()
    )
    return None if wants_more else found
