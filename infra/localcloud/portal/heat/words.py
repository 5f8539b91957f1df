"""What the heat map says in words: the picture's meaning in one sentence, and the page's words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.messages import _


def sentence(verdict: Mapping[str, Any]) -> str:
    """The meaning of a verdict of `heat.verdict`."""
    facts = {
        "partition": verdict.get("partition", ""),
        "share": percent(verdict.get("share", 0)),
        "others": percent(verdict.get("others", 0)),
        "key": key_text(verdict.get("key")),
        "count": verdict.get("refused", 0),
    }
    return _SENTENCES[verdict["kind"]](bool(verdict.get("key")), bool(verdict.get("throttled"))).format(**facts)


def _hot(named: bool, throttled: bool) -> str:
    if named and throttled:
        return _("Partition {partition} is hot and refuses requests. The others use {others}. Loudest key: {key}.")
    if named:
        return _(
            "Partition {partition} is hot: it uses {share} of its budget, the others {others}. Loudest key: {key}."
        )
    return _("Partition {partition} is hot: it uses {share} of its budget, the others {others}.")


def _one(_named: bool, throttled: bool) -> str:
    if throttled:
        return _("The only partition is out of request units, and refuses requests.")
    return _("The only partition uses {share} of its budget.")


def _full(_named: bool, _throttled: bool) -> str:
    return _("Every partition is at its limit: the load is spread, the throughput is too low.")


def _even(_named: bool, _throttled: bool) -> str:
    return _("No partition stands out: the busiest uses {share} of its budget, the others {others}.")


def _was(_named: bool, _throttled: bool) -> str:
    return _("Quiet now. Before, partition {partition} refused requests: {count}. Loudest key: {key}.")


def _quiet(_named: bool, _throttled: bool) -> str:
    return _("Quiet: nothing was asked in the last ten seconds.")


_SENTENCES = {"hot": _hot, "one": _one, "full": _full, "even": _even, "was": _was, "quiet": _quiet}


def percent(share: float) -> str:
    """`0.972` is 97 %; a little more than nothing is not nothing."""
    if 0 < share < 0.01:
        return _("less than 1 %")
    return _("{number} %").format(number=round(share * 100))


def key_text(key: Sequence[Any] | None) -> str:
    """A partition key's values as people write them: general, or acme / eu."""
    return " / ".join(_value(one) for one in key or [])


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value if len(value) <= 60 else f"{value[:59]}…"
    if value == {}:
        return _("(none)")
    return json.dumps(value)


def words() -> Mapping[str, str]:
    """What the page's script says."""
    return {
        "noContainer": _("There is no container yet. What your functions save in Cosmos DB makes one appear here."),
        "column": _("Partition {partition}"),
        "now": _("now"),
        "share": _("{number} %"),
        "little": _("<1 %"),
        "atLimit": _("100 % and more"),
        "refusedCount": _("{count} refused"),
        "noneRefused": _("none refused"),
        "cell": _("Partition {partition}, {time}: {ru} RU of {budget} ({share}), requests: {requests}"),
        "cellRefused": _(
            "Partition {partition}, {time}: {ru} RU of {budget} ({share}), requests: {requests}, {count} refused (429)"
        ),
        "columnTitle": _(
            "Partition {partition}: {share} of its budget in the last 10 seconds, {refused}; loudest key: {key}"
        ),
        "pointAt": _("Point at a cell, or use the arrow keys, for its figures."),
        "manual": _("{ru} RU/s over {count} partitions: {each} RU/s each"),
        "manualOne": _("{ru} RU/s, one partition"),
        "autoscale": _("autoscale up to {ru} RU/s over {count} partitions: {each} RU/s each at most"),
        "noThroughput": _("partitions: {count}"),
        "shared": _("throughput shared with the database's other containers"),
        "burst": _("burst capacity is on"),
        "totals": _("shown: {ru} RU, requests: {requests}, refused: {count} ({share})"),
        "keyPartition": _("partition {partition}"),
        "keyFigures": _("{ru} RU ({share} of all), requests: {requests}"),
        "keyRefused": _("{count} refused"),
        "none": _("(none)"),
        "anyKey": _("no key yet"),
    }
