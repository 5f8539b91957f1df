"""The heat map as figures: every physical partition a column, every few seconds a row.

What the emulator's management endpoint tells (`consumption`) goes in, what the page draws comes out. Normalised
consumption is used request units ÷ the partition's budget in that time, as Azure's chart `Normalized RU Consumption`
by PartitionKeyRangeId (MicrosoftDocs, articles/cosmos-db/monitor-normalized-request-units.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROWS = 60
JUDGED_SECONDS = 10
HOT = 0.7
FULL_KEYS = 0x40  # a hash has its top two bits cleared: the first byte is below this
Consumption = Mapping[str, Any]
Second = Sequence[float]  # epoch second, RU, requests, refused, and perhaps the budget of that second


def heat(consumption: Consumption, step: int) -> dict[str, Any]:
    """Columns, rows (newest first; `at` in epoch seconds) and figures of the last ROWS × `step` seconds."""
    now = int(consumption["now"])
    newest = now - now % step
    columns = [_column(one, now, consumption["keys"]) for one in consumption["partitions"]]
    used = [_by_step(one["seconds"], one["budget"], step) for one in consumption["partitions"]]
    idle = [_cell(Used(budget=one["budget"] * step)) for one in consumption["partitions"]]
    budgets = {one["id"]: one["budget"] * ROWS * step for one in consumption["partitions"]}
    rows = []
    for start in range(newest, newest - ROWS * step, -step):
        cells = [_cell(one[start]) if start in one else none for one, none in zip(used, idle, strict=True)]
        rows.append({"at": start, "cells": cells})
    return {
        "now": now,
        "step": step,
        "columns": columns,
        "rows": rows,
        "keys": [_key(one, consumption["totals"], budgets) for one in consumption["keys"]],
        "totals": consumption["totals"],
    }


@dataclass
class Used:
    """What one partition used in some seconds, and what it might have used: its budget may have changed since."""

    ru: float = 0.0
    requests: int = 0
    throttled: int = 0
    budget: float = 0.0

    @property
    def share(self) -> float:
        """1.0 is all of the budget."""
        return round(self.ru / self.budget, 3) if self.budget else 0.0


def _by_step(seconds: Sequence[Second], budget: float, step: int) -> dict[int, Used]:
    """What a partition used, by the start of each row; seconds that are not told were idle at today's `budget`."""
    found: dict[int, Used] = {}
    for second in seconds:
        start = int(second[0]) - int(second[0]) % step
        _add(found.setdefault(start, Used(budget=budget * step)), second, budget)
    return found


def _add(used: Used, second: Second, budget: float) -> None:
    """Adds a second, with the budget that it had in place of today's `budget`."""
    _at, ru, requests, throttled, *then = second
    used.ru += ru
    used.requests += int(requests)
    used.throttled += int(throttled)
    used.budget += (then[0] - budget) if then and then[0] else 0


def _cell(used: Used) -> dict[str, Any]:
    return {
        "ru": round(used.ru, 1),
        "requests": used.requests,
        "throttled": used.throttled,
        "budget": round(used.budget, 1),
        "share": used.share,
    }


def _column(partition: Mapping[str, Any], now: int, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One partition: its range and budget, what it uses now (the last JUDGED_SECONDS), and its hottest key."""
    budget = partition["budget"]
    recent, whole = Used(budget=budget * JUDGED_SECONDS), Used()
    for second in partition["seconds"]:
        _add(whole, second, budget)
        if now - JUDGED_SECONDS <= second[0] < now:
            _add(recent, second, budget)
    own = [one for one in keys if one["partition"] == partition["id"]]
    hottest = max(own, key=lambda one: (one["ru"], one["throttled"]), default=None)
    return {
        "id": partition["id"],
        "range": key_share(partition["min"], partition["max"]),
        "budget": round(budget, 1),
        "documents": partition["documents"],
        "share": recent.share,
        "throttled": recent.throttled,
        "ru": round(whole.ru, 1),
        "requests": whole.requests,
        "refused": whole.throttled,
        "hottest": hottest["key"] if hottest else None,
    }


def _key(one: Mapping[str, Any], totals: Mapping[str, Any], budgets: Mapping[str, float]) -> dict[str, Any]:
    """A logical key with its share of everything that was used, and of its partition's budget in that time."""
    budget = budgets.get(one["partition"], 0.0)
    return {
        **one,
        "share": round(one["ru"] / totals["ru"], 3) if totals["ru"] else 0.0,
        "of_budget": round(one["ru"] / budget, 3) if budget else 0.0,
    }


def key_share(low: str, high: str) -> float:
    """The part of all hashes between two bounds of effective partition keys, such as "" and "1F..."."""
    return round((_point(high) - _point(low)) / FULL_KEYS, 3)


def _point(bound: str) -> float:
    digits = bound[:8].ljust(8, "0")
    return min(int(digits, 16) / 256**3, FULL_KEYS) if bound else 0.0


def verdict(columns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the picture says, in one word and its figures: `quiet`, `was`, `hot`, `full`, `one` or `even`.

    `hot`: one partition is at its limit while the others on average use less than half as much. `full`: all are.
    `was`: nothing is asked now, but requests were refused in the time that is shown.
    """
    ranked = sorted(columns, key=_heat, reverse=True)
    if not ranked or not any(_heat(one) > (0, 0) for one in ranked):
        return _before(columns)
    top, others = ranked[0], ranked[1:]
    facts = {"partition": top["id"], "share": top["share"], "key": top["hottest"], "throttled": top["throttled"]}
    limited = top["throttled"] > 0 or top["share"] >= HOT
    if not others:
        return {"kind": "one", **facts}
    mean = sum(one["share"] for one in others) / len(others)
    if limited and mean <= top["share"] / 2:
        return {"kind": "hot", "others": round(mean, 3), **facts}
    full = all(one["throttled"] > 0 or one["share"] >= HOT for one in ranked)
    return {"kind": "full" if full else "even", "others": round(mean, 3), **facts}


def _before(columns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The verdict on a time that ended in silence."""
    top = max(columns, key=lambda one: one["refused"], default=None)
    if top is None or not top["refused"]:
        return {"kind": "quiet"}
    return {"kind": "was", "partition": top["id"], "key": top["hottest"], "refused": top["refused"]}


def _heat(column: Mapping[str, Any]) -> tuple[float, int]:
    return column["share"], column["throttled"]
