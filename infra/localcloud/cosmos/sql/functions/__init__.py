"""The system functions by name, in any case (learn.microsoft.com/azure/cosmos-db/nosql/query/system-functions)."""

from localcloud.cosmos.sql.functions import arrays, dates, integers, maths, strings, texts, types  # noqa: F401
from localcloud.cosmos.sql.functions.registry import FUNCTIONS, NOT_COVERED, Function

__all__ = ["FUNCTIONS", "NOT_COVERED", "Function", "find"]


def find(name: str) -> Function | None:
    """The function called `name`, None when there is none."""
    return FUNCTIONS.get(name.upper())
