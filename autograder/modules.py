"""A learner's Python module in a process of its own, and what a check asks of it. Calls and answers are plain data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.answers.asking import LONGEST_SHOWN, raised_of
from autograder.answers.asking import Raised as Raised
from autograder.answers.inside.values import decoded, encoded
from autograder.answers.program import CodeCell
from autograder.answers.running import CALL_SECONDS, Running
from autograder.checking import CheckFailed, fail
from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.sandbox import Cell

WITHOUT_END = 10.0  # seconds beyond a call's own that are waited for its answer


@dataclass(frozen=True)
class Sdk:
    """An object of an SDK that is made in the module's process, for the call: `facts` say where it leads. `shown` is
    what a learner reads of it."""

    facts: dict[str, Any]
    shown: str

    @classmethod
    def container(cls, url: str, key: str, database: str, name: str) -> "Sdk":
        """A synchronous `azure.cosmos.ContainerProxy`."""
        return cls({"kind": "container", "url": url, "key": key, "database": database, "name": name}, "container")

    @classmethod
    def dynamodb(cls, url: str) -> "Sdk":
        """`boto3.resource("dynamodb")`."""
        return cls({"kind": "dynamodb", "url": url}, "dynamodb")

    @classmethod
    def table(cls, url: str, name: str) -> "Sdk":
        """`boto3.resource("dynamodb").Table(name)`."""
        return cls({"kind": "table", "url": url, "name": name}, "table")


@dataclass(frozen=True)
class Kept:
    """What an earlier call in the same process returned, and was told to `keep` under this name."""

    name: str


class TooLarge(CheckFailed):
    """A value, or what a function returned, is too large to be looked at."""


class Module:
    """The module `<name>.py` in a process of its own, imported once. What learner code does wrong fails the check."""

    def __init__(self, running: Running, name: str, note: Callable[[str], None]) -> None:
        self._running = running
        self.note = note
        self.name = name
        self.spoiled = False

    @classmethod
    async def start(
        cls, folder: Path, name: str, cell: "Cell | None", note: Callable[[str], None], *, cold: bool = False
    ) -> "Module":
        """Imports it in a fresh process, in `folder`; CheckFailed when that ends it or takes too long. What else goes
        wrong in importing it fails the first call. A `cold` process has its own `hash()`, others of a cell
        share one."""
        code = f"import {name}"
        return cls(await Running.start(folder, [CodeCell(None, code, code)], cell, cold=cold), name, note)

    async def call(self, function: str, *args: object, seconds: float = CALL_SECONDS, keep: str | None = None) -> Any:
        """What a function returns for these arguments: plain data, `Sdk` objects or `Kept` ones."""
        answer = await self.answer(function, *args, seconds=seconds, keep=keep)
        if isinstance(answer, Raised):
            self._fail(function, answer, seconds)
        return answer

    async def answer(self, function: str, *args: object, seconds: float = CALL_SECONDS, keep: str | None = None) -> Any:
        """The same, but an exception is an answer: Raised."""
        self.note(shown(f"{self.name}.{function}", args))
        asked = self._asked(function, args, seconds, keep)
        return self._judged(function, await self._running.ask({"do": "call", **asked}, seconds))

    async def together(
        self, function: str, calls: Sequence[Sequence[object]], *, threads: int, seconds: float, echo: bool = False
    ) -> list[Any]:
        """What a function returns for each of these calls, made in so many threads at once; with `echo` each with the
        arguments as they are after the call."""
        self.note(shown(f"{self.name}.{function}", calls[0]))
        asked = [{**self._asked(function, args, seconds, None), "echo": echo} for args in calls]
        message = {"do": "together", "name": f"{self.name}.{function}", "calls": asked, "threads": threads}
        answers = (await self._running.ask(message, seconds)).get("answers")
        if not isinstance(answers, list) or len(answers) != len(calls):
            fail(seen=_("The process answered what is no answer."), expected=_("a value"), next=_write_to_nothing())
        found = [self._judged(function, one if isinstance(one, dict) else {}) for one in answers]
        for one in found:
            if isinstance(one, Raised):
                self._fail(function, one, seconds)
        return [(one, _after(answer)) for one, answer in zip(found, answers, strict=True)] if echo else found

    async def value(self, name: str) -> Any:
        """The value of a variable of the module."""
        self.note(f"{self.name}.{name}")
        source = f"_looked_at = getattr({self.name}, {name!r}, None)"
        await self._running.ask({"do": "run", "name": name, "source": source, "seconds": CALL_SECONDS})
        return self._judged(name, await self._running.ask({"do": "value", "name": "_looked_at"}))

    async def end(self) -> None:
        await self._running.end()

    @property
    def gone(self) -> bool:
        """Whether it cannot be asked again."""
        return self._running.spoiled

    def _asked(self, function: str, args: Sequence[object], seconds: float, keep: str | None) -> dict[str, Any]:
        positional = [_argument(part) for part in args]
        return {
            "name": f"{self.name}.{function}", "args": positional, "kwargs": {}, "seconds": seconds, "keep": keep,
        }  # fmt: skip

    def _judged(self, name: str, answer: dict[str, Any]) -> Any:
        if "error" in answer:
            return raised_of(answer["error"])
        if "missing" in answer:
            self._missing(name)
        if "too_much" in answer:
            raise TooLarge(
                seen=_("{name} is too large to be looked at.").format(name=name),
                expected=_("a value of an ordinary size"),
                next=_("Look at what the function returns: does it grow with every call?"),
            )
        try:
            return decoded(answer["value"])
        except (KeyError, ValueError):
            fail(seen=_("The process answered what is no answer."), expected=_("a value"), next=_write_to_nothing())

    def _missing(self, name: str) -> None:
        errors = [str(raised_of(one.error)) for one in self._running.outcomes if one.error]
        seen = _("There is no function {name} in {module}.py.").format(name=name, module=self.name)
        fail(
            seen="\n".join([seen, *errors]),
            expected=_("{name}, made in {module}.py").format(name=name, module=self.name),
            next=_("Run 'python {module}.py' until it shows no error; then check again.").format(module=self.name),
        )

    def _fail(self, function: str, raised: Raised, seconds: float) -> None:
        seen = f"{self.name}.{function}: {raised}"
        if raised.slow:
            seen = _("Time-out: {name} was not through after {seconds:g} seconds.").format(
                name=f"{self.name}.{function}", seconds=seconds
            )
        if raised.is_a("NotImplementedError"):
            seen = _("{function} in {module}.py is not written yet.").format(function=function, module=self.name)
        fail(
            seen=seen,
            expected=_("a value"),
            next=_("Look for a wait or a loop in your function that never ends.")
            if raised.slow
            else _("The first line names the exception, the last one its place."),
        )


def _after(answer: dict[str, Any]) -> list[Any]:
    """A call's arguments as they are after it; None for what cannot be told."""
    parts = answer.get("after")
    try:
        return [decoded(part) for part in parts] if isinstance(parts, list) else []
    except ValueError:
        return []


def shown(name: str, args: Sequence[object]) -> str:
    """A call as one writes it in Python, shortened."""
    return f"{name}({', '.join(map(_shown, args))})"


def _shown(part: object) -> str:
    if isinstance(part, Sdk):
        return part.shown
    text = part.name if isinstance(part, Kept) else repr(part)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _argument(part: object) -> Any:
    if isinstance(part, Sdk):
        return {"sdk": part.facts}
    return {"kept": part.name} if isinstance(part, Kept) else encoded(part)


def _write_to_nothing() -> str:
    return _("Does the module write on descriptors or sockets that it did not open?")
