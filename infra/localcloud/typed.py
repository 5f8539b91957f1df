"""Commands in texts, as their reader types them: `camp up` is told as `./camp up` where only that works."""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

TYPED = "CAMP_TYPED"  # how the launcher was called, such as `./camp`; it puts this into the environment
PROGRAM, OPEN = "camp", "up"

_known = {OPEN}
_plain: ContextVar[bool] = ContextVar("for_others", default=False)


def know(commands: Iterable[str]) -> None:
    """From now on these words behind `camp` are commands in a text; OPEN is one anyway."""
    _known.update(commands)
    _pattern.cache_clear()


def as_typed(text: str) -> str:
    """The text with its commands as they run: OPEN where the camp was opened, the others where the text is read."""
    opener = os.environ.get(TYPED)
    if opener is None or opener == PROGRAM or _plain.get() or PROGRAM not in text:
        return text
    return _pattern().sub(lambda found: f"{opener if found[1] == OPEN else here()} {found[1]}", text)


def here() -> str:
    """What runs the camp here: `camp`, if PATH leads to this very one; else as the launcher was called."""
    found = shutil.which(PROGRAM)
    own = {(Path(sys.prefix) / "bin" / PROGRAM).resolve(), Path(os.environ.get("CAMP_ROOT") or os.sep, PROGRAM)}
    return PROGRAM if found and Path(found).resolve() in own else os.environ.get(TYPED, PROGRAM)


@contextmanager
def for_others() -> Iterator[None]:
    """Inside, texts are for somebody elsewhere, such as a student's feedback: commands stay as they are."""
    token = _plain.set(True)
    try:
        yield
    finally:
        _plain.reset(token)


@cache
def _pattern() -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, _known), key=len, reverse=True))
    return re.compile(rf"(?<![\w./@-]){PROGRAM} ({names})(?![\w-])")
