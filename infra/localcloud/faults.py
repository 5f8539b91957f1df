"""Faults that are injected into a service on request: each ends by itself, or with `end`, and the journal holds both.

One vocabulary for checks, the command line and the portal: a fault has a `name` (what goes wrong), and may be about one
thing only, its `target` (a queue, a topic). `docs/faults.md` lists which service knows which.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from localcloud.messages import _

LONGEST_TARGET = 1_000
# the least and the most of each field
BOUNDS: Mapping[str, tuple[float, float]] = {"seconds": (0.1, 600.0), "times": (1, 100), "by": (0.1, 60.0)}
SETTLING = 0.02  # a timer may come that much too early by the clock


@dataclass(frozen=True)
class Kind:
    """A fault that a service knows, and what one may say of it."""

    name: str
    # what happens, for a person
    says: str
    # which of target, seconds, times and by it takes
    takes: tuple[str, ...] = ()
    # which of them it cannot do without
    needs: tuple[str, ...] = ()

    def fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The fields in `given`, checked, without those that are null. ValueError says what is wrong."""
        found = {name: value for name, value in given.items() if value is not None}
        if strange := [name for name in found if name not in self.takes]:
            text = _("The fault {fault} takes no {names}.")
            raise ValueError(text.format(fault=self.name, names=", ".join(strange)))
        if missing := [name for name in self.needs if name not in found]:
            raise ValueError(_("The fault {fault} needs {names}.").format(fault=self.name, names=", ".join(missing)))
        return {name: _checked(name, value) for name, value in found.items()}


class UnknownFault(ValueError):
    """There is no such fault; the text tells which there are."""


def kind_of(kinds: Iterable[Kind], name: str) -> Kind:
    """The kind of that name; UnknownFault when there is none."""
    known = {kind.name: kind for kind in kinds}
    if name not in known:
        raise UnknownFault(
            _("There is no fault {name}; the faults are {names}.").format(name=name, names=", ".join(known))
        )
    return known[name]


def _checked(name: str, value: Any) -> str | int | float:
    if name == "target":
        if not isinstance(value, str) or len(value) > LONGEST_TARGET:
            raise ValueError(_("The field {name} must be a text.").format(name=name))
        return value
    least, most = BOUNDS[name]
    whole = name == "times"
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not least <= value <= most:
        text = _("The field {name} must be a whole number") if whole else _("The field {name} must be a number")
        limits = _(" from {least} to {most}.").format(least=f"{least:g}", most=f"{most:g}")
        raise ValueError(text.format(name=name) + limits)
    return int(value) if whole else float(value)


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong now."""

    name: str
    # what it is about; empty: everything that the service has
    target: str = ""
    # over at this time of the clock
    until: float = math.inf
    # how often it still happens; None: as long as it lasts
    times: int | None = None
    # a delay in seconds
    by: float = 0.0

    def over(self, now: float) -> bool:
        return now >= self.until or (self.times is not None and self.times <= 0)

    def seconds_left(self, now: float) -> float | None:
        return None if math.isinf(self.until) else max(0.0, self.until - now)

    def to_json(self, now: float) -> dict[str, Any]:
        left = self.seconds_left(now)
        return {
            "name": self.name,
            "target": self.target or None,
            "secondsLeft": None if left is None else round(left, 1),
            "times": self.times,
            "by": self.by or None,
        }


class Faults:
    """The faults that are on in one service. `record` is called when one begins and ends; `clock` counts seconds."""

    def __init__(self, record: Callable[..., Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._record = record
        self._clock = clock
        self._active: dict[tuple[str, str], Fault] = {}

    def begin(
        self,
        name: str,
        target: str = "",
        *,
        seconds: float | None = None,
        times: int | None = None,
        by: float = 0.0,
    ) -> Fault:
        """From now on, for `seconds` or `times` times, if given. It replaces one of the same name and target."""
        self.end(name, target)
        until = math.inf if seconds is None else self._clock() + seconds
        fault = self._active[name, target] = Fault(name, target, until, times, by)
        self._record("fault.began", **self._facts(fault))
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds + SETTLING, self.active)
        return fault

    def end(self, name: str, target: str = "") -> bool:
        """Ends a fault at once; whether it was on."""
        self.active()
        fault = self._active.get((name, target))
        if fault:
            self._end(fault, "ended")
        return fault is not None

    def end_all(self) -> None:
        for fault in self.active():
            self._end(fault, "ended")

    def active(self) -> list[Fault]:
        """The faults that are on; those whose time is up end here."""
        now = self._clock()
        for fault in [one for one in self._active.values() if one.over(now)]:
            self._end(fault, "over")
        return list(self._active.values())

    def on(self, name: str, target: str = "") -> Fault | None:
        """The fault of that name about `target`, else the one about everything."""
        self.active()
        return self._active.get((name, target)) or self._active.get((name, ""))

    def use(self, name: str, target: str = "") -> Fault | None:
        """As `on`, and it counts: one time less."""
        fault = self.on(name, target)
        if fault and fault.times is not None:
            self._active[fault.name, fault.target] = replace(fault, times=fault.times - 1)
            self.active()
        return fault

    def to_json(self) -> list[dict[str, Any]]:
        return [fault.to_json(self._clock()) for fault in self.active()]

    def _end(self, fault: Fault, how: str) -> None:
        del self._active[fault.name, fault.target]
        self._record("fault.ended", how=how, **self._facts(fault))

    def _facts(self, fault: Fault) -> Mapping[str, Any]:
        facts = fault.to_json(self._clock())
        facts["fault"], facts["seconds"] = facts.pop("name"), facts.pop("secondsLeft")
        return facts
