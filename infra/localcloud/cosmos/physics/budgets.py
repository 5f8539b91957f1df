"""Budgets: how many request units a physical partition serves in a second. Pure; the time is passed in.

A partition's counter starts again with every second of the clock. A request is admitted while something is left of
the second's budget, and may overdraw it once: the debt is taken from the seconds that follow.
With burst capacity, what a partition below 3,000 RU/s left idle in the last five minutes may be spent at up to
3,000 RU/s (https://learn.microsoft.com/azure/cosmos-db/burst-capacity).
"""

import math

BURST_THROUGHPUT = 3_000.0  # RU/s
BURST_SECONDS = 300


class Budget:
    """What one physical partition may spend; `rate` in RU/s, times in seconds of the wall clock."""

    def __init__(self, rate: float, *, burst: bool = False) -> None:
        self.rate = rate
        self.burst = burst
        self.used = 0.0  # of the current second, with the debt of earlier ones
        self._second = -math.inf
        self._saved = 0.0

    def wait(self, now: float) -> int:
        """Milliseconds until a request is admitted, 0 when it may go on now."""
        self._turn(now)
        if self.used < self._allowed():
            return 0
        seconds = max(1, math.floor((self.used - self._from_savings()) / self.rate))
        return max(1, math.ceil((math.floor(now) + seconds - now) * 1000))

    def spend(self, charge: float, now: float) -> None:
        """Takes an admitted request's charge, in RU."""
        self._turn(now)
        self.used += charge

    def change(self, rate: float) -> None:
        """Another rate. A debt made at a higher one stays as many seconds long: it is not paid off at the lower."""
        if rate < self.rate:
            self.used *= rate / self.rate
        self.rate = rate

    def _allowed(self) -> float:
        """What may be spent in the current second, in RU."""
        if not self.burst or self.rate >= BURST_THROUGHPUT:
            return self.rate
        return min(BURST_THROUGHPUT, self.rate + self._saved)

    def _from_savings(self) -> float:
        """How much of what this second spent beyond its rate was saved before, in RU."""
        return min(max(0.0, self.used - self.rate), self._allowed() - self.rate)

    def _turn(self, now: float) -> None:
        """Begins the second of `now`: pays debts, saves what was left idle. A clock set back changes nothing."""
        second = math.floor(now)
        if second <= self._second:
            return
        if self._second == -math.inf:
            self._second = second
            return
        from_savings = self._from_savings()
        self._saved -= from_savings
        balance = self.rate * (second - self._second) - (self.used - from_savings)
        self._saved = min(self.rate * BURST_SECONDS, self._saved + max(0.0, balance))
        self.used = max(0.0, -balance)
        self._second = second


def autoscaled(maximum: int, used_share: float) -> int:
    """The RU/s that autoscale settles on when `used_share` (0-1) of `maximum` is used: 10 % to 100 %."""
    return round(maximum * min(1.0, max(0.1, used_share)))
