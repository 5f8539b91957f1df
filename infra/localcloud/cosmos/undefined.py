"""The value that is not there: a property that a document has not, and every expression made of one."""

from typing import Final


class Undefined:
    """The type of `UNDEFINED`, its only instance; falsy, and equal to itself alone."""

    _only: "Undefined | None" = None

    def __new__(cls) -> "Undefined":
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __copy__(self) -> "Undefined":
        return self

    def __deepcopy__(self, _memo: object) -> "Undefined":
        return self


UNDEFINED: Final = Undefined()
