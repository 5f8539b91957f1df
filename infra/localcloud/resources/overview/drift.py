"""What differs now from what the last apply made: found by reading everything that an apply has written."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ResourceError
from ..ids import parse
from .history import Applied, Facts, History, facts_of

if TYPE_CHECKING:
    from ..model import Model

GONE, CHANGED, UNREADABLE = "gone", "changed", "unreadable"
MOST_COMPARED, AT_ONCE = 500, 20  # resources; each may cost a request


@dataclass(frozen=True)
class Difference:
    path: str
    applied: Any  # None when it was not there
    now: Any


@dataclass(frozen=True)
class Drift:
    id: str
    applied_at: float
    what: str  # GONE, CHANGED or UNREADABLE
    differences: tuple[Difference, ...] = ()
    why: str = ""  # it cannot be read

    @property
    def key(self) -> str:
        return self.id.lower()


@dataclass(frozen=True)
class Report:
    drifts: list[Drift]
    compared: int
    applied: int  # how many resources an apply has written

    def of(self, key: str) -> Drift | None:
        return next((one for one in self.drifts if one.key == key), None)


async def measured(model: "Model", history: History) -> Report:
    """Compares at most MOST_COMPARED resources. What went with something that it lay in is not named again."""
    applied = history.applied()
    found: list[Drift] = []
    for at in range(0, min(len(applied), MOST_COMPARED), AT_ONCE):
        some = await asyncio.gather(*(_of(model, one) for one in applied[at : at + AT_ONCE]))
        found += [one for one in some if one]
    gone = {one.key for one in found if one.what == GONE}
    topmost = [one for one in found if one.what != GONE or not gone & set(parse(one.id).scopes[1:])]
    return Report(topmost, min(len(applied), MOST_COMPARED), len(applied))


async def _of(model: "Model", applied: Applied) -> Drift | None:
    try:
        now = await facts_of(model, parse(applied.id))
    except ResourceError as error:
        return Drift(applied.id, applied.at, UNREADABLE, why=error.message)
    if now is None:
        return Drift(applied.id, applied.at, GONE)
    differences = compared(applied.facts, now)
    return Drift(applied.id, applied.at, CHANGED, differences) if differences else None


def compared(applied: Facts, now: Facts) -> tuple[Difference, ...]:
    """What is not the same. Pure."""
    paths = list(dict.fromkeys([*applied, *now]))
    return tuple(
        Difference(path, applied.get(path), now.get(path)) for path in paths if applied.get(path) != now.get(path)
    )
