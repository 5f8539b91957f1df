"""What a learner has done so far: `.camp/progress.json`, changed by one process at a time and written atomically."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from autograder.lab import Lab, labs
from autograder.verdict import FAILED, PASSED, Verdict
from localcloud.messages import _

FILE = "progress.json"

Say = Callable[[str], None]


@dataclass
class CheckProgress:
    """The best that a check came to, and what it took. `outcome` is None until the check has run; `revealed` says
    whether its points were earned after the lab's solution had been shown."""

    outcome: str | None = None
    points: int = 0
    attempts: int = 0
    hints: int = 0
    revealed: bool = False

    def add(self, other: "CheckProgress") -> None:
        """Keeps the better outcome and the higher numbers."""
        self.outcome = PASSED if PASSED in (self.outcome, other.outcome) else self.outcome or other.outcome
        if other.points >= self.points:
            self.revealed = other.revealed and (self.revealed or other.points > self.points)
        self.points = max(self.points, other.points)
        self.attempts = max(self.attempts, other.attempts)
        self.hints = max(self.hints, other.hints)


@dataclass
class LabProgress:
    """One lab: its checks by id, the learner's predictions (letters, oldest first), and whether it was revealed."""

    checks: dict[str, CheckProgress] = field(default_factory=dict)
    predictions: list[str] = field(default_factory=list)
    revealed: bool = False

    def check(self, id: str) -> CheckProgress:
        return self.checks.setdefault(id, CheckProgress())

    def add(self, other: "LabProgress") -> None:
        """Keeps the better of both, check by check, and the longer list of predictions."""
        for id, check in other.checks.items():
            self.check(id).add(check)
        self.predictions = max(self.predictions, other.predictions, key=len)
        self.revealed |= other.revealed

    @property
    def points(self) -> int:
        """The points without those that came after the solution had been shown."""
        return sum(check.points for check in self.checks.values() if not check.revealed)

    @property
    def revealed_points(self) -> int:
        return sum(check.points for check in self.checks.values() if check.revealed)


class Progress:
    """The file in the folder `state`. `say` hears of a broken file, which is moved aside and begun again."""

    def __init__(self, state: Path, say: Say) -> None:
        self.path = state / FILE
        self._say = say

    def lab(self, name: str) -> LabProgress:
        """What is known of a lab; changing it changes nothing."""
        return self._read().get(name, LabProgress())

    def record(self, verdict: Verdict) -> None:
        """Remembers what a run came to; what was not checked is no attempt."""
        with self._changed(verdict.lab) as lab:
            for result in verdict.checks:
                if result.outcome not in (PASSED, FAILED):
                    continue
                known = lab.check(result.id)
                known.attempts += 1
                if result.points > known.points:
                    known.revealed = lab.revealed
                known.points = max(known.points, result.points)
                known.outcome = PASSED if PASSED in (known.outcome, result.outcome) else FAILED

    def next_hint(self, lab: str, check: str, hints: int) -> int:
        """The number of the hint to show now, from 1; the last of `hints` stays."""
        with self._changed(lab) as known:
            one = known.check(check)
            one.hints = min(one.hints + 1, hints)
            return one.hints

    def predict(self, lab: str, letter: str) -> None:
        with self._changed(lab) as known:
            known.predictions.append(letter)

    def reveal(self, lab: str) -> None:
        with self._changed(lab) as known:
            known.revealed = True

    def exported(self) -> str:
        """All of it as text, for `import_text` of another camp."""
        return _text(self._read())

    def import_text(self, text: str) -> None:
        """Adds what another camp exported: of each check the better outcome and the higher numbers stay. ValueError
        when the text is no exported progress."""
        try:
            other = _labs(text)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(_("This is no progress that 'camp progress --export' wrote.")) from error
        with self._locked() as labs:
            for name, lab in other.items():
                labs.setdefault(name, LabProgress()).add(lab)

    @contextmanager
    def _changed(self, lab: str) -> Iterator[LabProgress]:
        with self._locked() as labs:
            yield labs.setdefault(lab, LabProgress())

    @contextmanager
    def _locked(self) -> Iterator[dict[str, LabProgress]]:
        """All labs, which are written afterwards."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path.with_suffix(".lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            labs = self._read()
            yield labs
            self._write(_text(labs))

    def _write(self, text: str) -> None:
        fresh = self.path.with_suffix(".part")
        fresh.write_text(text, "utf-8")
        os.replace(fresh, self.path)

    def _read(self) -> dict[str, LabProgress]:
        try:
            return _labs(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, KeyError, AttributeError):
            aside = self.path.with_name(f"{self.path.stem}-broken-{time.strftime('%Y%m%d-%H%M%S')}.json")
            os.replace(self.path, aside)
            self._say(
                _("{file} cannot be read; it is now {aside}, and your progress is counted again.").format(
                    file=self.path.name, aside=aside.name
                )
            )
            return {}


def _text(labs: dict[str, LabProgress]) -> str:
    known = {"labs": {name: asdict(one) for name, one in labs.items()}}
    return json.dumps(known, indent=2, ensure_ascii=False) + "\n"


def _labs(text: str) -> dict[str, LabProgress]:
    return {name: _lab(known) for name, known in json.loads(text)["labs"].items()}


def _lab(known: dict[str, Any]) -> LabProgress:
    checks = {id: _check(check) for id, check in known["checks"].items()}
    if not all(one.outcome in (None, PASSED, FAILED) for one in checks.values()):
        raise TypeError
    if not all(isinstance(number, int) for one in checks.values() for number in (one.points, one.attempts, one.hints)):
        raise TypeError
    return LabProgress(checks, [str(letter) for letter in known["predictions"]], bool(known["revealed"]))


def _check(known: dict[str, Any]) -> CheckProgress:
    """What is known of a check, without what another version of the camp may have kept of it."""
    return CheckProgress(**{one.name: known[one.name] for one in fields(CheckProgress) if one.name in known})


def whats_next(lab: Lab, known: LabProgress) -> str | None:
    """What a learner may do after `lab`, of which so much is `known`; None while a check of it has not passed."""
    if any(known.check(check.id).outcome != PASSED for check in lab.checks):
        return None
    done = _("You have finished Lab {number}. 'camp submit {number}' packs it, to hand in.").format(number=lab.number)
    following = next((one for one in labs() if one.number > lab.number), None)
    if following is None:
        return done
    then = _("Next is Lab {number}: {title} ({minutes} minutes). Stop the camp by Ctrl-C, then: camp up --lab {number}")
    return done + "\n" + then.format(number=following.number, title=following.title, minutes=following.minutes)
