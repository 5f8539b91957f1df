"""The same rush without an emulator, by the emulator's own pure modules: hundreds of towns in seconds.

Charges differ from the real ones by a few hundredths of a RU, for sizes of system properties are taken for constant.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from localcloud.cosmos.hashing import effective_key
from localcloud.cosmos.physics import charges
from localcloud.cosmos.physics.budgets import Budget

from .designs import Design
from .driver import AFTER_THE_WAIT, TRIES
from .town import Message

SYSTEM_BYTES = 240  # of the system properties in a stored document
KEY_BITS = 126


@dataclass(frozen=True)
class Simulated:
    """What became of a load."""

    hottest_share: float
    refused_share: float  # of all answers
    lost: int


def simulate(design: Design, load: Sequence[Message], *, partitions: int, throughput: int) -> Simulated:
    """`load` under `design`, on so many partitions with `throughput` RU/s together."""
    kind = "Hash" if len(design.paths) == 1 else "MultiHash"
    budgets = [Budget(throughput / partitions) for _partition in range(partitions)]
    used = [0.0] * partitions
    events: list[tuple[float, int, int, int, float]] = []
    for number, message in enumerate(load):
        document = design.document(message)
        key = effective_key([document[path[1:]] for path in design.paths], kind, 2)
        place = int.from_bytes(key[:16], "big") * partitions >> KEY_BITS
        charge = charges.create(len(orjson.dumps(document)) + SYSTEM_BYTES, len(document))
        events.append((float(message["ts"]), number, 1, place, charge))
    heapq.heapify(events)
    answers = refused = lost = 0
    while events:
        at, number, attempt, place, charge = heapq.heappop(events)
        answers += 1
        wait = budgets[place].wait(at)
        if not wait:
            budgets[place].spend(charge, at)
            used[place] += charge
            continue
        refused += 1
        used[place] += charges.REFUSED
        if attempt == TRIES:
            lost += 1
        else:
            heapq.heappush(events, (at + wait / 1000 + AFTER_THE_WAIT, number, attempt + 1, place, charge))
    return Simulated(max(used) / sum(used), refused / answers, lost)
