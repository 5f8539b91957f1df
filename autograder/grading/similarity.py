"""Which submissions are alike: pairs and groups by the shape of what the starter did not give. A place to look, not a
verdict: short tasks have few answers, and people may work together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.grading.fingerprint import Fingerprint, Unit

THRESHOLD = 0.9
LEAST_HASHES = 15  # less than that is alike by chance
LEAST_CONTAINED = 40
ALIKE = 0.6


@dataclass(frozen=True)
class Pair:
    """Two students; `score`: what share of all parts both have; `contained`: what share of the smaller one's."""

    one: str
    other: str
    score: float
    contained: float

    @property
    def most(self) -> float:
        return max(self.score, self.contained)


@dataclass(frozen=True)
class Match:
    """Two functions that are alike."""

    one: Unit
    other: Unit
    score: float


def pairs(prints: Mapping[str, Fingerprint], threshold: float = THRESHOLD) -> list[Pair]:
    """The pairs that are at least so much alike, most alike first. Starters' parts must have been taken away."""
    sets = {student: found.hashes for student, found in prints.items()}
    big = sorted((student for student in sets if len(sets[student]) >= LEAST_HASHES), key=lambda s: (len(sets[s]), s))
    found = [
        pair
        for place, one in enumerate(big)
        for other in big[place + 1 :]
        if (pair := _pair(one, other, sets[one], sets[other])).score >= threshold
        or (pair.contained >= threshold and len(sets[one]) >= LEAST_CONTAINED)
    ]
    return sorted(found, key=lambda pair: (-pair.score, -pair.contained, pair.one, pair.other))


def groups(found: list[Pair]) -> list[list[str]]:
    """Students who are connected by pairs, the largest group first."""
    root: dict[str, str] = {}

    def top(student: str) -> str:
        while root.setdefault(student, student) != student:
            root[student] = student = root[root[student]]
        return student

    for pair in found:
        root[top(pair.one)] = top(pair.other)
    together: dict[str, list[str]] = {}
    for student in sorted(root):
        together.setdefault(top(student), []).append(student)
    return sorted(together.values(), key=lambda group: (-len(group), group))


def matches(one: Fingerprint, other: Fingerprint) -> list[Match]:
    """Each function of the one with the function of the other that it is most like."""
    return sorted(_matches(one, other), key=lambda match: -len(match.one.hashes & match.other.hashes))


def _matches(one: Fingerprint, other: Fingerprint) -> Iterator[Match]:
    for unit in one.units:
        best = max(other.units, key=lambda candidate: jaccard(unit.hashes, candidate.hashes), default=None)
        if best and unit.text and best.text and (score := jaccard(unit.hashes, best.hashes)) >= ALIKE:
            yield Match(unit, best, score)


def _pair(one: str, other: str, left: frozenset[int], right: frozenset[int]) -> Pair:
    common = len(left & right)
    score = common / (len(left) + len(right) - common)
    first, second = sorted((one, other))
    return Pair(first, second, score, common / min(len(left), len(right)))


def jaccard(left: frozenset[int], right: frozenset[int]) -> float:
    common = len(left & right)
    return common / (len(left) + len(right) - common) if common else 0.0
