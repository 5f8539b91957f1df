"""Rate limits: a bucket that allows a burst and fills again (https://docs.slack.dev/apis/web-api/rate-limits)."""

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True)
class Tier:
    """At most `burst` calls at once, and `per_minute` in the long run."""

    burst: int
    per_minute: float


POSTING = Tier(20, 60)
OUTGOING = Tier(10, 60)
SECOND = Tier(100, 20)
THIRD = Tier(200, 50)
FOURTH = Tier(400, 100)


class RateLimits:
    """One bucket a key; `take` says how many whole seconds to wait, 0 when the call may go on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def take(self, key: Hashable, tier: Tier) -> int:
        now = self._clock()
        left, since = self._buckets.get(key, (float(tier.burst), now))
        left = min(float(tier.burst), left + (now - since) * tier.per_minute / 60)
        if left < 1:
            self._buckets[key] = (left, now)
            return math.ceil((1 - left) * 60 / tier.per_minute)
        self._buckets[key] = (left - 1, now)
        return 0
