"""The throughput of a container, or the one that the containers of a database share, spread over partitions."""

from dataclasses import dataclass
from typing import Any

from .budgets import Budget
from .offers import Offer
from .partitions import Layout, count_at_creation, count_for

DEFAULT = Offer(400, False, 400)  # of a container that asks for nothing


@dataclass
class Throughput:
    """An offer, the partitions it is spread over, evenly, and what each of them has left in this second."""

    offer: Offer
    layout: Layout
    shared: bool = False
    burst: bool = False

    def __post_init__(self) -> None:
        self.budgets: dict[str, Budget] = {}
        self._spread()

    @classmethod
    def at_creation(
        cls, offer: Offer = DEFAULT, *, shared: bool = False, physical_partitions: int | None = None
    ) -> "Throughput":
        """With as many partitions as the service makes for `offer`, or as `physical_partitions` (emulator only)."""
        count = count_at_creation(offer.throughput, manual=not (offer.autoscale or shared))
        return cls(offer, Layout.even(physical_partitions or count), shared)

    @property
    def rate(self) -> float:
        """RU/s of one partition."""
        return self.offer.throughput / len(self.layout.slots)

    def change(self, offer: Offer) -> None:
        """Takes a new offer; partitions split when those there are cannot serve it. They never merge."""
        self.offer = offer
        self.split_to(count_for(offer.throughput, len(self.layout.slots)))

    def split_to(self, count: int) -> None:
        """Splits until there are `count` partitions."""
        self.layout = self.layout.split_to(count)
        self._spread()

    def switch_burst(self, on: bool) -> None:
        """Burst capacity, for this and all partitions to come."""
        self.burst = on
        self._spread()

    def as_json(self) -> dict[str, Any]:
        """What must survive a restart."""
        offer = {"throughput": self.offer.throughput, "autoscale": self.offer.autoscale, "highest": self.offer.highest}
        return {"offer": offer, "layout": self.layout.as_json(), "shared": self.shared}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Throughput":
        return cls(Offer(**data["offer"]), Layout.from_json(data["layout"]), data["shared"])

    def _spread(self) -> None:
        """Gives every partition its even share; children start without their parent's debt."""
        kept = self.budgets
        self.budgets = {one.id: kept.get(one.id) or Budget(self.rate) for one in self.layout.slots}
        for budget in self.budgets.values():
            budget.change(self.rate)
            budget.burst = self.burst
