"""How often a dependency in trouble may be called, judged by when calls began."""

from collections.abc import Sequence
from dataclasses import dataclass

LATENESS = 0.5  # seconds: a call that the breaker let through may arrive so much later than it was let through


@dataclass(frozen=True)
class Crowd:
    """More calls than a breaker may let through in so many cool-downs."""

    calls: int
    cooldowns: int


def crowd(began: Sequence[float], most: int, cooldown: float, cooldowns: int) -> Crowd | None:
    """The first span of 1, 2, ... `cooldowns` cool-downs, from whichever call on, in which too many calls begin.

    A window of `most` calls that begins with every cool-down is right, and a span of k cool-downs may touch k + 1 of
    them. Calls that are late by `LATENESS` make no crowd.
    """
    times = sorted(began)
    for k in range(1, cooldowns + 1):
        for first, start in enumerate(times):
            calls = sum(time < start + k * cooldown - LATENESS for time in times[first:])
            if calls > most * (k + 1):
                return Crowd(calls, k)
    return None
