"""The table of built-in functions: what each module beside this one registers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.cosmos.sql.errors import ARGUMENT_COUNT, SqlError

Apply = Callable[..., Any]


@dataclass(frozen=True)
class Function:
    """A built-in function of JSON values or UNDEFINED; never raises for a value of the wrong type.

    `most` is None when it takes any number of arguments. A `timed` one gets the query's time instead of arguments, a
    `volatile` one is asked for each row anew.
    """

    name: str
    least: int
    most: int | None
    apply: Apply
    timed: bool = False
    volatile: bool = False

    def check(self, count: int, at: tuple[int, int]) -> None:
        """SqlError SC2050 when the function does not take `count` arguments."""
        if count < self.least or (self.most is not None and count > self.most):
            wanted = str(self.least) if self.most == self.least else f"{self.least} to {self.most}"
            wanted = f"at least {self.least}" if self.most is None else wanted
            raise SqlError(f"The {self.name} function requires {wanted} argument(s).", ARGUMENT_COUNT, at)


FUNCTIONS: dict[str, Function] = {}
SAME = -1


def function(name: str, least: int, most: int | None = SAME, **how: bool) -> Callable[[Apply], Apply]:
    """Registers a function of `least` to `most` arguments; as many as `least` when `most` is left out."""

    def register(apply: Apply) -> Apply:
        FUNCTIONS[name] = Function(name, least, least if most == SAME else most, apply, **how)
        return apply

    return register
