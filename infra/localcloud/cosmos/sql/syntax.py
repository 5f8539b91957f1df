"""The syntax tree of a query: frozen dataclasses, one per construct. `at` is where in the text; it never counts
when trees are compared.
"""

from dataclasses import dataclass, field, fields
from typing import Any

Position = tuple[int, int]


@dataclass(frozen=True)
class Expression:
    """Anything with one value."""


@dataclass(frozen=True)
class Literal(Expression):
    """A constant: null, a boolean, a number, a string or undefined."""

    value: Any


@dataclass(frozen=True)
class Parameter(Expression):
    """`@name`, its name with the sign; undefined when it is not given."""

    name: str
    at: Position = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Name(Expression):
    """An alias of the FROM clause."""

    name: str
    at: Position = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Member(Expression):
    """`target.key`, `target["key"]` or `target[index]`."""

    target: Expression
    key: str | int
    at: Position = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Item(Expression):
    """`target[index]` whose index is computed."""

    target: Expression
    index: Expression


@dataclass(frozen=True)
class Unary(Expression):
    """`-x`, `+x`, `~x` or `NOT x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Expression):
    """Arithmetic, bits or a comparison."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Chain(Expression):
    """Two or more terms joined by `AND`, `OR`, `||` or `??`: flat, so that long chains stay shallow."""

    operator: str
    terms: tuple[Expression, ...]


@dataclass(frozen=True)
class Conditional(Expression):
    """`test ? yes : no`."""

    test: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True)
class In(Expression):
    """`value [NOT] IN (options)`."""

    value: Expression
    options: tuple[Expression, ...]
    negated: bool = False


@dataclass(frozen=True)
class Between(Expression):
    """`value [NOT] BETWEEN low AND high`."""

    value: Expression
    low: Expression
    high: Expression
    negated: bool = False


@dataclass(frozen=True)
class Like(Expression):
    """`value [NOT] LIKE pattern [ESCAPE "c"]`."""

    value: Expression
    pattern: Expression
    escape: str | None = None
    negated: bool = False


@dataclass(frozen=True)
class Call(Expression):
    """A function of the service, aggregates included, or `udf.name`."""

    name: str
    arguments: tuple[Expression, ...]
    at: Position = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Array(Expression):
    """`[a, b]`; an undefined item is null."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Object(Expression):
    """`{"a": b}`; of equal names the last counts."""

    items: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class Subquery(Expression):
    """`(SELECT ...)`: kind is `scalar`, `EXISTS` or `ARRAY`."""

    query: "Query"
    kind: str = "scalar"


@dataclass(frozen=True)
class Source:
    """One input of FROM or JOIN: the rows of `target`, or of the elements of the array `target` (IN)."""

    target: Expression
    alias: str | None
    iterated: bool = False
    at: Position = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True)
class Selected:
    """One item of the SELECT list; `alias` as written."""

    value: Expression
    alias: str | None = None


@dataclass(frozen=True)
class Ordered:
    """One item of ORDER BY."""

    value: Expression
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """A SELECT. `items` is empty for `SELECT *`; with `value` it holds one item."""

    items: tuple[Selected, ...] = ()
    value: bool = False
    distinct: bool = False
    top: Expression | None = None
    sources: tuple[Source, ...] = ()
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    order: tuple[Ordered, ...] = ()
    offset: Expression | None = None
    limit: Expression | None = None
    at: Position = field(default=(0, 0), compare=False, repr=False)

    @property
    def star(self) -> bool:
        """Whether it is a `SELECT *`."""
        return not self.items


def children(node: Any) -> list[Any]:
    """The nodes directly under a node of the tree."""
    found: list[Any] = []
    for one in fields(node):
        if one.name != "at":
            _gather(getattr(node, one.name), found)
    return found


def _gather(value: Any, found: list[Any]) -> None:
    if isinstance(value, (Expression, Source, Selected, Ordered, Query)):
        found.append(value)
    elif isinstance(value, tuple):
        for each in value:
            _gather(each, found)
