"""`camp.notebook`: what a check asks of the learner's cells, and what it is told."""

import random
from dataclasses import dataclass
from typing import Any, NoReturn

from autograder.answers.inside.values import decoded, encoded
from autograder.answers.running import CALL_SECONDS, Running
from autograder.checking import fail
from autograder.inputs import Inputs
from localcloud.messages import _

LONGEST_SHOWN = 400


@dataclass(frozen=True, repr=False)
class Raised:
    """An exception of learner code: the names of its class and of that class's bases, its message, and where it was
    raised (None: in no cell)."""

    kinds: tuple[str, ...]
    message: str
    cell: str | None
    line: int | None
    slow: bool = False

    @property
    def type(self) -> str:
        return self.kinds[0]

    def is_a(self, name: str) -> bool:
        """Whether it is of the class with this name, or of one made from it."""
        return name in self.kinds

    def __repr__(self) -> str:
        if self.slow:
            text = _("Time-out: it was not through after {seconds:g} seconds.").format(seconds=CALL_SECONDS)
        else:
            text = f"{self.type}: {self.message}".rstrip(": ")
        return text + (_("\n  in {cell}, line {line}").format(cell=self.cell, line=self.line) if self.cell else "")


class Notebook:
    """The learner's notebook, all of whose cells have run once. Values come as plain data: judge them, and trust no
    answer to be of the type that you expect. What learner code does wrong fails the check."""

    def __init__(self, running: Running, cell: str, note: Any) -> None:
        self._running = running
        self._cell = cell
        self._note = note

    async def call(self, name: str, *args: object, **kwargs: object) -> Any:
        """What the learner's function `name` returns for these arguments; awaited, if it is asynchronous. Arguments are
        of built-in types."""
        answer = await self._called(name, args, kwargs)
        if isinstance(answer, Raised):
            fail(
                seen=str(answer),
                expected=_("a value"),
                next=_("Run the cell {cell}, then call {name} in a cell below it.").format(cell=self._cell, name=name),
            )
        return answer

    async def raised(self, name: str, *args: object, **kwargs: object) -> Raised | None:
        """The exception that the function raises for these arguments; None when it returns. A time-out fails."""
        answer = await self._called(name, args, kwargs)
        if isinstance(answer, Raised) and answer.slow:
            fail(seen=str(answer), expected=_("an exception, or a value"), next=_slow())
        return answer if isinstance(answer, Raised) else None

    async def value(self, name: str) -> Any:
        """The value of the learner's variable `name`, as it is now."""
        self._note(name)
        return self._judged(name, await self._running.ask({"do": "value", "name": name}))

    async def printed(self, cell: str | None = None) -> str:
        """What the answer cell printed when it ran: the one with this id, else the check's own."""
        wanted = cell or self._cell
        self._note(_("the cell {cell}").format(cell=wanted))
        outcomes = self._running.of(wanted)
        for outcome in outcomes:
            if outcome.error:
                fail(seen=str(raised_of(outcome.error)), expected=_("a cell that runs to its end"), next=self._run_it())
        if not outcomes:
            fail(
                seen=_("The notebook has no cell {cell}.").format(cell=wanted),
                expected=_("what the cell prints"),
                next=_("'camp reset' brings the notebook back as it was given; your own is kept in a backup."),
            )
        return "".join(outcome.printed for outcome in outcomes)

    async def _called(self, name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> Any:
        self._note(shown_call(name, args, kwargs))
        asked = {
            "do": "call",
            "name": name,
            "args": [encoded(part) for part in args],
            "kwargs": {key: encoded(part) for key, part in kwargs.items()},
            "seconds": CALL_SECONDS,
        }
        answer = await self._running.ask(asked)
        return raised_of(answer["error"]) if "error" in answer else self._judged(name, answer)

    def _judged(self, name: str, answer: dict[str, Any]) -> Any:
        if "missing" in answer:
            self._missing(name, answer.get("is"))
        if "too_much" in answer:
            fail(
                seen=_("{name} is too large to be looked at.").format(name=name),
                expected=_("a value of an ordinary size"),
                next=_("Look at what the cell makes: does it grow with every round?"),
            )
        try:
            return decoded(answer["value"])
        except (KeyError, ValueError) as error:
            fail(
                seen=_("The notebook's process answered what is no value ({error}).").format(error=error),
                expected=_("a value"),
                next=_("Does a cell write on descriptors or sockets that it did not open?"),
            )

    def _missing(self, name: str, found: object) -> NoReturn:
        """Nothing of this name is there: mostly because its cell stopped before it came so far."""
        lines = [_("There is no {name} in the notebook.").format(name=name)]
        if found is not None:
            lines = [_("{name} is no function, but of the type {type}.").format(name=name, type=str(found)[:80])]
        errors = [outcome.error for outcome in self._running.of(self._cell) if outcome.error]
        lines += [str(raised_of(error)) for error in errors]
        fail(
            seen="\n".join(lines),
            expected=_("{name}, made in the cell {cell}").format(name=name, cell=self._cell),
            next=self._run_it(),
        )

    def _run_it(self) -> str:
        return _("Run the cell {cell} until it shows no error. Save the notebook (Ctrl+S), then check again.").format(
            cell=self._cell
        )


class NotebookCamp(Inputs):
    """What a check of an answer cell may use: random inputs, and the learner's notebook."""

    def __init__(self, rng: random.Random, running: Running, cell: str) -> None:
        super().__init__(rng)
        self.notebook = Notebook(running, cell, self.note)


def raised_of(error: Any) -> Raised:
    """The exception that a process tells of; what is odd about it is taken for what it can be."""
    facts = error if isinstance(error, dict) else {}
    kinds = tuple(str(kind)[:80] for kind in _list(facts.get("kinds"))[:20]) or ("Exception",)
    cell = facts.get("cell")
    line = facts.get("line")
    where = _place(str(cell)[:80]) if isinstance(cell, str) else None
    return Raised(
        kinds,
        str(facts.get("message", ""))[:2_000],
        where,
        line if isinstance(line, int) else None,
        facts.get("slow") is True,
    )


def _place(file: str) -> str:
    """A cell, or a file beside the notebook."""
    name = file.removeprefix("<cell ").removesuffix(">")
    return name if name == file else _("the cell {name}").format(name=name)


def shown_call(name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    """A call as one writes it in Python."""
    parts = [_shown(part) for part in args] + [f"{key}={_shown(part)}" for key, part in kwargs.items()]
    return f"{name}({', '.join(parts)})"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _slow() -> str:
    return _("Look for a wait or a loop in your function that never ends.")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
