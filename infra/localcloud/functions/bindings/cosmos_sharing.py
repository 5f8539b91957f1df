"""How hosts share the leases of one change feed: each takes its even part. Pure.

The rules are those of Azure's change feed processor (EqualPartitionsBalancingStrategy of the .NET SDK): a lease without
an owner, or whose owner has not renewed it in time, is anybody's; when there is none, a host that has too few takes one
from the host that has most.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A range of partition keys by their hashes in hex: from `min`, up to and without `max`."""

    min: str
    max: str

    def holds(self, other: "Span") -> bool:
        """Whether the other lies in this one, and is smaller."""
        return self != other and self.min <= other.min and other.max <= self.max

    def __str__(self) -> str:
        return f"{self.min}-{self.max}"


@dataclass(frozen=True)
class Lease:
    """Who reads a range, up to where (`token` is the service's, None at the start). `renewed` in seconds since the
    epoch; `etag` guards every change."""

    id: str
    span: Span
    token: str | None
    owner: str | None
    renewed: float
    etag: str


def usable(leases: Sequence[Lease]) -> list[Lease]:
    """The leases that may be worked on: those of a range that was split wait until the split is through."""
    return [one for one in leases if not any(other.span.holds(one.span) for other in leases)]


def to_take(leases: Sequence[Lease], me: str, now: float, expire_after: float) -> list[Lease]:
    """The leases that `me` should take now."""
    free = [one for one in leases if one.owner is None or one.renewed + expire_after < now]
    owners = Counter(one.owner for one in leases if one not in free)
    owners.setdefault(me, 0)
    target = -(-len(leases) // len(owners))
    needed = target - owners[me]
    if needed <= 0:
        return []
    if free:
        return free[:needed]
    richest, most = owners.most_common(1)[0]
    if most <= target - (1 if needed > 1 else 0):
        return []
    return [next(one for one in leases if one.owner == richest)]
