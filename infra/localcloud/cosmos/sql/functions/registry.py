"""The table of built-in functions: what each module beside this one registers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.cosmos.sql.errors import ARGUMENT_COUNT, SqlError

Apply = Callable[..., Any]


@dataclass(frozen=True)
class Function:
    """A built-in function of JSON values or UNDEFINED; never raises for a value of the wrong type.

    `most` is None when it takes any number of arguments. A `timed` one gets the query's time before its arguments, a
    `volatile` one is asked for each row anew, a `raw` one sees the undefined items of an array that the query writes.
    """

    name: str
    least: int
    most: int | None
    apply: Apply
    timed: bool = False
    volatile: bool = False
    raw: bool = False

    def check(self, count: int, at: tuple[int, int]) -> None:
        """SqlError SC2050 when the function does not take `count` arguments."""
        if count < self.least or (self.most is not None and count > self.most):
            wanted = str(self.least) if self.most == self.least else f"{self.least} to {self.most}"
            wanted = f"at least {self.least}" if self.most is None else wanted
            raise SqlError(f"The {self.name} function requires {wanted} argument(s).", ARGUMENT_COUNT, at)


FUNCTIONS: dict[str, Function] = {}
# Documented (learn.microsoft.com/azure/cosmos-db/nosql/query/system-functions), and not here.
NOT_COVERED = frozenset(
    ("ST_AREA", "ST_DISTANCE", "ST_INTERSECTS", "ST_ISVALID", "ST_ISVALIDDETAILED", "ST_WITHIN", "VECTORDISTANCE",
     "FULLTEXTCONTAINS", "FULLTEXTCONTAINSALL", "FULLTEXTCONTAINSANY", "FULLTEXTSCORE", "RRF")
)  # fmt: skip
SAME = -1


def function(name: str, least: int, most: int | None = SAME, **how: bool) -> Callable[[Apply], Apply]:
    """Registers a function of `least` to `most` arguments; as many as `least` when `most` is left out."""

    def register(apply: Apply) -> Apply:
        FUNCTIONS[name] = Function(name, least, least if most == SAME else most, apply, **how)
        return apply

    return register
