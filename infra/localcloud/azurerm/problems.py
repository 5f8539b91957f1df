"""What goes wrong, as the engine shows it: a summary, details, and the attribute that it is about."""

from dataclasses import dataclass

from .values import Path


@dataclass(frozen=True)
class Problem:
    """An error, or a warning."""

    summary: str
    detail: str = ""
    path: Path = ()
    warning: bool = False


class Failed(Exception):
    """An operation that could not be done."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(one.summary for one in problems))
        self.problems = list(problems)


class NoAnswer(Failed):
    """The local cloud did not answer, so the request may have been carried out or not. `id` is that of a resource that
    may be there now."""

    id: str | None = None
