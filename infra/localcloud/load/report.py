"""What came of a load: request units, refusals, latency, and the heat of each physical partition and logical key."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.messages import _

from .driver import REFUSED, STORED, Attempt

SHADES = " .:-=+*#%@"
SHOWN_KEYS = 5


@dataclass(frozen=True)
class PartitionHeat:
    """One physical partition."""

    id: str
    ru: float
    requests: int
    refused: int
    share: float  # of all RU
    seconds: tuple[tuple[int, float, int], ...]  # second of the load, share of its budget that was used, refusals


@dataclass(frozen=True)
class KeyHeat:
    """One logical key: its values, None for requests of several keys."""

    key: Any
    ru: float
    requests: int
    refused: int


@dataclass(frozen=True)
class Report:
    """A load that was written."""

    documents: int
    answers: int
    refused: int  # answers that were 429
    lost: int  # documents that were refused at every try
    ru: float
    median_ms: float
    slowest_ms: float  # of 95 in 100
    partitions: tuple[PartitionHeat, ...]
    keys: tuple[KeyHeat, ...]

    @property
    def refused_share(self) -> float:
        return self.refused / max(1, self.answers)

    @property
    def hottest_share(self) -> float:
        """The hottest partition's share of all RU."""
        return max((one.share for one in self.partitions), default=0.0)

    @property
    def first_refusal(self) -> int | None:
        """The second of the load in which a partition first refused; None: none ever did."""
        return min(
            (second for one in self.partitions for second, _heat, refused in one.seconds if refused), default=None
        )


def report_of(attempts: Sequence[Attempt], consumption: Mapping[str, Any], start: float) -> Report:
    """From what the driver saw and what the account says of the container's consumption since `start`."""
    stored = {one.number for one in attempts if one.status == STORED}
    asked = {one.number for one in attempts}
    times = sorted(one.seconds * 1000 for one in attempts)
    return Report(
        len(asked),
        len(attempts),
        sum(one.status == REFUSED for one in attempts),
        len(asked - stored),
        consumption["totals"]["ru"],
        statistics.median(times) if times else 0.0,
        times[int(len(times) * 0.95)] if times else 0.0,
        tuple(_partitions(consumption, start)),
        tuple(KeyHeat(one["key"], one["ru"], one["requests"], one["throttled"]) for one in consumption["keys"]),
    )


def _partitions(consumption: Mapping[str, Any], start: float) -> Iterable[PartitionHeat]:
    used = {one["id"]: sum(second[1] for second in one["seconds"]) for one in consumption["partitions"]}
    total = sum(used.values()) or 1.0
    for one in consumption["partitions"]:
        seconds = one["seconds"]
        yield PartitionHeat(
            one["id"],
            round(used[one["id"]], 2),
            sum(second[2] for second in seconds),
            sum(second[3] for second in seconds),
            used[one["id"]] / total,
            tuple((int(second[0] - start), second[1] / one["budget"], second[3]) for second in seconds),
        )


def summary(report: Report) -> list[tuple[str, str]]:
    """The figures with their names, to print or to draw up."""
    return [
        (_("documents"), f"{report.documents:,}"),
        (_("answers with 429"), f"{report.refused:,} ({report.refused_share:.1%})"),
        (_("documents refused twice"), f"{report.lost:,}"),
        (_("request units"), f"{report.ru:,.0f}"),
        (_("hottest partition's share"), f"{report.hottest_share:.0%}"),
        (_("first refusal"), _("in second {second}").format(second=report.first_refusal + 1)
         if report.first_refusal is not None else _("none")),
        (_("latency, median and 95 %"), f"{report.median_ms:.0f} ms, {report.slowest_ms:.0f} ms"),
    ]  # fmt: skip


def heat_map(report: Report) -> list[str]:
    """The heat of each partition over the seconds as text: a row for each partition, a letter for each second, `@`
    from its whole budget on; partitions that nobody used are one row together."""
    last = max((second for one in report.partitions for second, _heat, _refused in one.seconds), default=0)
    busy = sorted((one for one in report.partitions if one.requests), key=lambda one: -one.ru)
    rows = [f"{one.id:>4}  |{_letters(one, last)}|  {one.share:>4.0%}  {one.refused:>5}" for one in busy]
    idle = len(report.partitions) - len(busy)
    heading = _("partition, seconds, share of RU, 429s")
    return [heading, *rows, *([_("partitions idle: {count}").format(count=idle)] if idle else [])]


def _letters(partition: PartitionHeat, last: int) -> str:
    heat = {second: share for second, share, _refused in partition.seconds}
    return "".join(
        SHADES[min(len(SHADES) - 1, math.ceil(heat.get(second, 0.0) * (len(SHADES) - 1)))] for second in range(last + 1)
    )


def key_rows(report: Report) -> list[tuple[str, str]]:
    """The logical keys that used most, each with its RU, requests and refusals."""
    return [
        (_key(one.key), f"{one.ru:>9,.0f} RU  {one.requests:>5}  {one.refused:>5}") for one in report.keys[:SHOWN_KEYS]
    ]


def text_of(report: Report) -> str:
    """Everything, for a terminal."""
    facts = summary(report)
    width = max(len(name) for name, _value in facts)
    keys = [f"  {key:<40} {figures}" for key, figures in key_rows(report)]
    return "\n".join(
        [
            *(f"{name:<{width}}  {value}" for name, value in facts),
            "",
            *heat_map(report),
            "",
            _("The keys that used most: RU, requests, 429s"),
            *keys,
        ]
    )


def _key(values: Any) -> str:
    if values is None:
        return _("(several)")
    return ", ".join(map(str, values)) if isinstance(values, list) else str(values)
