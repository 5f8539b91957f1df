"""What the host is told of an error, whatever the error's own code does: nothing in here raises."""

import traceback
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

LONGEST = 32_000
MOST = 2**31
T = TypeVar("T")


def kind_of(error: object) -> str:
    """The name of its class, also where a metaclass has another idea of it."""
    return _plain(type.__dict__["__name__"].__get__(type(error)))


def message_of(error: BaseException) -> str:
    """Its text; whose code raises instead of giving one, is named."""
    return _text_of(lambda: str(error), "__str__")


def shown(value: object) -> str:
    """Its `repr`, or why it has none."""
    return _text_of(lambda: repr(value), "__repr__")


def trace_of(error: BaseException, frames: TracebackType | None) -> str:
    """The traceback from `frames` on, as Python writes it: with causes, notes and groups as far as they can be told."""
    try:
        lines = traceback.format_exception(type(error), error, frames)
    except BaseException:
        lines = [*_frames_alone(frames), f"{kind_of(error)}: {message_of(error)}\n"]
    return _plain("".join(lines), last=True)


def frames_of(error: BaseException) -> TracebackType | None:
    """Where it was raised, also where its class hides that."""
    found: TracebackType | None = BaseException.__dict__["__traceback__"].__get__(error)
    return found


def attempt(look: Callable[[], T], otherwise: T) -> T:
    """What `look` finds; `otherwise` when the error's own code, or the app's, raises."""
    try:
        return look()
    except BaseException:
        return otherwise


def text(value: object) -> str | None:
    """A text as it can be sent; None for what is none."""
    return _plain(value) if isinstance(value, str) else None


def number(value: object) -> int | None:
    """The number of a line; None for what is none."""
    found = int.__index__(value) if isinstance(value, int) else None
    return found if found is not None and 0 <= found < MOST else None


def _text_of(ask: Callable[[], str], method: str) -> str:
    try:
        return _plain(ask())
    except BaseException as raised:
        return f"(its {method} raised {kind_of(raised)})"


def _plain(given: str, *, last: bool = False) -> str:
    """At most so many characters, the last ones or the first, of the class `str` itself and fit for UTF-8."""
    part = slice(-LONGEST, None) if last else slice(LONGEST)
    return str.encode(str.__getitem__(given, part), "utf-8", "backslashreplace").decode()


def _frames_alone(frames: TracebackType | None) -> list[str]:
    lines = ["Traceback (most recent call last):\n"]
    while frames:
        code = frames.tb_frame.f_code
        lines.append(f'  File "{code.co_filename}", line {frames.tb_lineno}, in {code.co_name}\n')
        frames = frames.tb_next
    return lines
