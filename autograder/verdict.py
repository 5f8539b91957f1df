"""A verdict: what a run of checks found, in values bounded to a screenful and safe to print."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

PASSED, FAILED, ERRORED, SKIPPED = "passed", "failed", "errored", "skipped"

LINE = 200
LONG_LINE = 1000  # of what was sent: a form is one line
# At most so many lines. Of what was seen: the last 20 lines of a step of a workflow, and what stands before them.
LINES = {"sent": 8, "seen": 26, "expected": 6, "next": 6, "log": 12}
LAST = {"log": 8}  # of these, how many are the last ones: a log ends with what matters most


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome; `seconds` is wall time, the texts are None where there is nothing to say. `log` is the end
    of what host and app logged meanwhile; `replayable` says whether what was sent last can be sent again."""

    id: str
    title: str
    outcome: str
    points: int
    of: int
    seconds: float
    sent: str | None = None
    seen: str | None = None
    expected: str | None = None
    next: str | None = None
    log: str | None = None
    replayable: bool = False

    def bounded(self) -> "CheckResult":
        """The same with every text cut and escaped."""
        texts: dict[str, Any] = {
            name: bounded(getattr(self, name), lines, LONG_LINE if name == "sent" else LINE, LAST.get(name, 0))
            for name, lines in LINES.items()
        }
        return replace(self, seconds=round(self.seconds, 3), **texts)


@dataclass(frozen=True)
class Verdict:
    """What a run found: the points earned, of how many, and each check's result, in the order of lab.toml."""

    lab: str
    seed: int
    points: int
    of: int
    checks: tuple[CheckResult, ...]

    @classmethod
    def of_results(cls, lab: str, seed: int, results: Sequence[CheckResult]) -> "Verdict":
        kept = tuple(result.bounded() for result in results)
        return cls(lab, seed, sum(result.points for result in kept), sum(result.of for result in kept), kept)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Verdict":
        checks = tuple(CheckResult(**result) for result in data["checks"])
        return cls(data["lab"], data["seed"], data["points"], data["of"], checks)

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "checks": [dict(vars(result)) for result in self.checks]}

    def outcomes(self) -> set[str]:
        return {result.outcome for result in self.checks}

    @property
    def passed(self) -> bool:
        return self.outcomes() <= {PASSED, SKIPPED}


def bounded(text: str | None, lines: int, longest: int = LINE, last: int = 0) -> str | None:
    """At most so many lines of at most so many characters, of which the `last` are those at the end; what was cut is
    said, what cannot be printed is escaped."""
    if text is None:
        return None
    kept = [_line(line, longest) for line in text.expandtabs(4).split("\n")]
    if len(kept) > lines:
        first, end = kept[: lines - 1 - last], kept[len(kept) - last :]
        kept = [*first, f"… ({len(kept) - len(first) - last} more lines)", *end]
    return "\n".join(kept)


def _line(line: str, longest: int) -> str:
    cut = line[:longest]
    safe = "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in cut)
    return f"{safe}… ({len(line)} characters)" if len(line) > longest else safe
