"""How a check is marked and how it fails."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from localcloud.messages import _

TestFunction = TypeVar("TestFunction", bound=Callable[..., Awaitable[None]])

MARK = "camp_check"
TRIES = 3  # of what fails where a process was killed: an app that kills itself fails in all of them


@dataclass(frozen=True)
class CheckMark:
    """What `check` leaves on a test function."""

    id: str
    workers: int = 1
    timeout: float = 30.0
    own_cloud: Mapping[str, Mapping[str, Any]] | None = None


class CheckFailed(Exception):
    """The learner's app does not do what the check asks. Values are texts, shown bounded and escaped."""

    def __init__(self, *, seen: str, expected: str, next: str, sent: str | None = None) -> None:
        super().__init__(f"seen: {seen}; expected: {expected}; next: {next}")
        self.seen = seen
        self.expected = expected
        self.next = next
        self.sent = sent


class CampBroken(Exception):
    """The camp itself cannot run checks; the text says what to do."""


class CellLost(CampBroken):
    """The cell that the app ran in ended by itself, which no app can bring about."""

    def __init__(self) -> None:
        super().__init__(_("The sandbox's cell ended by itself."))


def check(
    id: str,
    *,
    workers: int = 1,
    timeout: float = 30.0,
    own_cloud: Mapping[str, Mapping[str, Any]] | None = None,
) -> Callable[[TestFunction], TestFunction]:
    """Marks a test as the check `id` of `lab.toml`, run with so many worker processes for at most `timeout` seconds.
    With `own_cloud` it runs beside the others, in a cloud that no other check shares; its tables take the place of
    lab.toml's in these services."""

    def mark(function: TestFunction) -> TestFunction:
        setattr(function, MARK, CheckMark(id, workers, timeout, own_cloud))
        return function

    return mark


def mark_of(function: Any) -> CheckMark | None:
    """The mark of a check; None when the function is no check."""
    found = getattr(function, MARK, None)
    return found if isinstance(found, CheckMark) else None


def fail(*, seen: object, expected: object, next: object, sent: object = None) -> NoReturn:
    """Fails the check: what was seen, what was expected, what to try next and, if it differs from the last thing that
    `camp` sent, what was sent. Texts go through `_` first; other values are shown by `repr`."""
    raise CheckFailed(
        seen=_text(seen), expected=_text(expected), next=_text(next), sent=None if sent is None else _text(sent)
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
