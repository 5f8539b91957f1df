"""Why checks failed, in words that are the same for everybody who failed for the same reason."""

import re
from collections import Counter
from collections.abc import Iterable

from autograder.verdict import FAILED, CheckResult

QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`")
NUMBER = re.compile(r"\b0x[0-9a-f]+\b|\d+", re.IGNORECASE)
ERROR = re.compile(r"\b[A-Z]\w{0,60}(?:Error|Exception|Exit|Interrupt|Iteration)(?=:|$)", re.MULTILINE)
LONGEST = 160


def cause_of(result: CheckResult) -> str:
    """What was seen, in a line without what differs from one to the next (numbers, and what is quoted): the first line;
    after it the name of the error that is told below it or, where the first line is a sentence, what follows it."""
    first, _end, rest = (result.seen or "").strip().partition("\n")
    plain = _plain(first)
    if (error := ERROR.search(rest)) and error[0] not in plain:
        return f"{plain.rstrip('.')}: {error[0]}"
    return f"{plain} {_plain(rest.partition(chr(10))[0])}".strip() if plain.endswith(".") else plain


def _plain(line: str) -> str:
    return " ".join(NUMBER.sub("#", QUOTED.sub("'…'", line)).split())[:LONGEST]


def failed(results: Iterable[CheckResult]) -> list[CheckResult]:
    return [result for result in results if result.outcome == FAILED]


def shared(results: Iterable[CheckResult]) -> dict[str, int]:
    """The causes for which one student failed several checks, and how many."""
    counts = Counter(map(cause_of, failed(results)))
    return {cause: count for cause, count in counts.items() if cause and count > 1}


def main_cause(results: Iterable[CheckResult]) -> tuple[str, int] | None:
    """What cost the student most checks, and how many: a cause of several checks, or of all points. None: neither."""
    results = tuple(results)
    counts = Counter(map(cause_of, failed(results)))
    found = next((one for one in counts.most_common() if one[0]), None)
    worth_saying = found and (found[1] > 1 or not any(result.points for result in results))
    return found if worth_saying else None
