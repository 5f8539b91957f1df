"""One measured figure beside what it should reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`; good when it is at most (`<=`) or at least (`>=`) `reach`."""

    name: str
    value: float
    unit: str
    comparison: str
    reach: float

    @property
    def ok(self) -> bool:
        return self.value <= self.reach if self.comparison == "<=" else self.value >= self.reach
