"""What a good key keeps to, and the seeds of the towns that it is tried on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from localcloud.messages import _


@dataclass(frozen=True)
class Budgets:
    """Joint limits: a key must keep to all of them."""

    refused_share: float = 0.02  # of all answers in the rush that are 429; it must stay below
    hottest_share: float = 0.60  # of all RU in the rush that one physical partition uses
    history_ru: float = 75.0  # of an hour of a channel
    history_partitions: int = 10  # physical ones that it touches
    user_ru: float = 84.0  # of one user's ten to twelve hours
    largest_gigabytes: float = 20.0  # of one logical key after three years

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "Budgets":
        """From a table of numbers by these names, missing ones as they are here; ValueError."""
        known = {one.name for one in fields(cls)}
        if unknown := sorted(table.keys() - known):
            raise ValueError(_("unknown budget {names}; there are {known}").format(
                names=", ".join(unknown), known=", ".join(sorted(known))))  # fmt: skip
        for name, value in table.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
                raise ValueError(_("the budget {name} must be a number above 0").format(name=name))
        return cls(**table)


def seeds_of(value: object) -> tuple[int, ...]:
    """A list of seeds; ValueError."""
    if not isinstance(value, list) or not value or not all(type(one) is int for one in value):
        raise ValueError(_("seeds must be a list of whole numbers"))
    return tuple(value)
