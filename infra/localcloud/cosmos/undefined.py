"""`UNDEFINED`: the value of a property that a document does not have. It is falsy and never inside JSON."""

from typing import Any, Final, final


@final
class Undefined:
    """The type of `UNDEFINED`, which alone is of it; copies and unpickled ones are the same object."""

    __slots__ = ()
    _only: "Undefined | None" = None

    def __new__(cls) -> "Undefined":
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __reduce__(self) -> tuple[Any, ...]:
        return Undefined, ()


UNDEFINED: Final = Undefined()
