"""What a batch shows when it is counted: how checks went, who failed in the same way, how the points are spread."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.grading.causes import cause_of, failed, shared
from autograder.grading.marks import FAULT, FULL, NONE, NOT_CHECKED, SOME, Mark
from autograder.lab import Lab
from autograder.verdict import FAILED, PASSED, CheckResult

BARS = 20


@dataclass(frozen=True)
class CheckTally:
    """One check over a batch; `rate` is None when it was made for nobody."""

    id: str
    title: str
    of: int
    passed: int
    failed: int
    made: int
    mean: float
    worst: float

    @property
    def rate(self) -> float | None:
        return self.passed / self.made if self.made else None


@dataclass(frozen=True)
class Failure:
    """A way to fail, and who failed so."""

    cause: str
    ids: tuple[str, ...]  # of the checks that it cost
    students: tuple[str, ...]
    example: CheckResult  # the first student's first


@dataclass(frozen=True)
class Bar:
    """How many have from `low` to `high` points."""

    low: int
    high: int
    count: int


def kinds(marks: Sequence[Mark]) -> dict[str, int]:
    """How many of each kind, in the order of a report."""
    counts = Counter(mark.kind for mark in marks)
    return {kind: counts[kind] for kind in (FULL, SOME, NONE, NOT_CHECKED, FAULT)}


def checks(lab: Lab, marks: Sequence[Mark]) -> list[CheckTally]:
    """Every check of the lab, over the submissions that could be checked."""
    results = _results(marks)
    return [_tallied(check.id, lab.title_of(check.id), check.points, results.get(check.id, [])) for check in lab.checks]


def failures(marks: Sequence[Mark], most: int = 15) -> list[Failure]:
    """The most frequent ways to fail. What cost somebody several checks is one way for all checks; other failures are
    told apart by their checks, too."""
    verdicts = [(mark.student, mark.row.graded.verdict.checks) for mark in marks if mark.checked]
    common = {cause for _student, results in verdicts for cause in shared(results)}
    found: dict[tuple[str, str], list[tuple[str, CheckResult]]] = {}
    for student, results in verdicts:
        for result in failed(results):
            cause = cause_of(result)
            found.setdefault(("" if cause in common else result.id, cause), []).append((student, result))
    made = [_failure(cause, those) for (_id, cause), those in sorted(found.items())]
    return sorted(made, key=lambda one: (-len(one.students), -len(one.ids)))[:most]


def _failure(cause: str, those: Sequence[tuple[str, CheckResult]]) -> Failure:
    ids = tuple(sorted({result.id for _student, result in those}))
    return Failure(cause, ids, tuple(dict.fromkeys(student for student, _result in those)), those[0][1])


def spread(marks: Sequence[Mark], of: int) -> list[Bar]:
    """The points of the checks, in at most 21 bars; faults of ours are none of them."""
    width = max(1, -(-of // BARS))
    counts = Counter(mark.row.graded.verdict.points // width for mark in marks if not mark.row.broken)
    return [Bar(low, min(low + width - 1, of), counts[low // width]) for low in range(0, of + 1, width)]


def _results(marks: Sequence[Mark]) -> dict[str, list[CheckResult]]:
    found: dict[str, list[CheckResult]] = {}
    for mark in marks:
        for result in mark.row.graded.verdict.checks if mark.checked else ():
            found.setdefault(result.id, []).append(result)
    return found


def _tallied(id: str, title: str, of: int, results: list[CheckResult]) -> CheckTally:
    made = [result for result in results if result.outcome in (PASSED, FAILED)]
    seconds = [result.seconds for result in made]
    passed = sum(result.outcome == PASSED for result in made)
    mean = sum(seconds) / len(seconds) if seconds else 0.0
    return CheckTally(id, title, of, passed, len(made) - passed, len(made), mean, max(seconds, default=0.0))
