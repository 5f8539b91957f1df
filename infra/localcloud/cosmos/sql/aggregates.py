"""The aggregate functions: what an empty group, undefined values and values of the wrong type give.

Sources: the pages of COUNT, SUM, AVG, MIN and MAX at learn.microsoft.com/azure/cosmos-db/nosql/query, and what the
SDKs merge: undefined values are skipped; SUM and AVG of anything but numbers are undefined; SUM of nothing is 0.
"""

from collections.abc import Callable
from typing import Any

from localcloud.cosmos.sql.values import is_number, number, order_key
from localcloud.cosmos.undefined import UNDEFINED


class Accumulator:
    """Takes the values of a group's rows one by one and tells the aggregate."""

    def add(self, value: Any) -> None:
        """One more row's value."""
        raise NotImplementedError

    def result(self) -> Any:
        """The aggregate of what was added."""
        raise NotImplementedError


class Count(Accumulator):
    """How many values are defined."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, value: Any) -> None:
        if value is not UNDEFINED:
            self.count += 1

    def result(self) -> Any:
        return self.count


class CountIf(Count):
    """How many values are true."""

    def add(self, value: Any) -> None:
        if value is True:
            self.count += 1


class Sum(Accumulator):
    """The sum of numbers; anything else that is defined makes it undefined."""

    def __init__(self) -> None:
        self.sum: Any = 0
        self.count = 0
        self.spoilt = False

    def add(self, value: Any) -> None:
        if is_number(value):
            self.sum += value
            self.count += 1
        elif value is not UNDEFINED:
            self.spoilt = True

    def result(self) -> Any:
        return UNDEFINED if self.spoilt else number(self.sum)


class Average(Sum):
    """The mean of numbers; of none, undefined."""

    def result(self) -> Any:
        return UNDEFINED if self.spoilt or not self.count else number(self.sum / self.count)


class Extreme(Accumulator):
    """The smallest or largest by the order of types; an array or object makes it undefined."""

    def __init__(self, largest: bool) -> None:
        self.largest = largest
        self.best: Any = UNDEFINED
        self.key: Any = None
        self.spoilt = False

    def add(self, value: Any) -> None:
        if value is UNDEFINED:
            return
        if type(value) in (list, dict):
            self.spoilt = True
            return
        key = order_key(value)
        if self.key is None or (key > self.key if self.largest else key < self.key):
            self.best, self.key = value, key

    def result(self) -> Any:
        return UNDEFINED if self.spoilt else self.best


AGGREGATES: dict[str, Callable[[], Accumulator]] = {
    "COUNT": Count,
    "COUNTIF": CountIf,
    "SUM": Sum,
    "AVG": Average,
    "MIN": lambda: Extreme(largest=False),
    "MAX": lambda: Extreme(largest=True),
}
