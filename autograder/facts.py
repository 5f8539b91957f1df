"""Reading a TOML table strictly: a wrong or unknown key is named with its file and place."""

from collections.abc import Mapping
from typing import Any, NoReturn

from localcloud.messages import _


class LabError(Exception):
    """A lab.toml is wrong, or what was asked for is not there; the text says what and where."""


class Facts:
    """One table of a TOML file; `where` is the file and the table's place in it."""

    def __init__(self, table: Mapping[str, Any], where: str) -> None:
        self._table = table
        self._where = where
        self._read: set[str] = set()

    def wrong(self, why: str) -> NoReturn:
        """Raises LabError with the file and place."""
        raise LabError(f"{self._where}: {why}")

    def text(self, key: str) -> str:
        """The text `key`, which must be there and not be empty."""
        value = self._value(key, str, _("a text"))
        if not value.strip():
            self.wrong(_("'{key}' is empty").format(key=key))
        return str(value)

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if key in self._table else None

    def integer(self, key: str, default: int | None = None) -> int:
        """The whole number `key`, which must not be negative; it must be there unless there is a default."""
        if key not in self._table and default is not None:
            return default
        value = self._value(key, int, _("a whole number"))
        if isinstance(value, bool) or value < 0:
            self.wrong(_("'{key}' must be a whole number, 0 or more").format(key=key))
        return int(value)

    def truth(self, key: str) -> bool:
        """The truth value `key`; false when it is not there."""
        return bool(self._value(key, bool, _("true or false"))) if key in self._table else False

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts `key`; empty when it is not there."""
        if key not in self._table:
            return ()
        value = self._value(key, list, _("a list of texts"))
        if not all(isinstance(item, str) and item for item in value):
            self.wrong(_("'{key}' must be a list of texts").format(key=key))
        return tuple(value)

    def table(self, key: str) -> "Facts | None":
        """The table `[key]`; None when it is not there."""
        if key not in self._table:
            return None
        return Facts(self._value(key, dict, _("a table")), f"{self._where} [{key}]")

    def raw_table(self, key: str) -> Mapping[str, Any]:
        """The table `[key]` as it stands, for somebody else to check; empty when it is not there."""
        return dict(self._value(key, dict, _("a table"))) if key in self._table else {}

    def tables(self, key: str) -> "list[Facts]":
        """The tables `[[key]]`; none when there are none."""
        if key not in self._table:
            return []
        value = self._value(key, list, _("tables"))
        if not all(isinstance(item, dict) for item in value):
            self.wrong(_("'{key}' must be written as [[{key}]]").format(key=key))
        return [Facts(item, f"{self._where} [[{key}]] {number}") for number, item in enumerate(value, 1)]

    def finish(self, also: set[str] | None = None) -> None:
        """Complains of keys that nobody read, apart from `also`."""
        if unknown := sorted(set(self._table) - self._read - (also or set())):
            self.wrong(_("unknown key {keys}").format(keys=", ".join(unknown)))

    def _value(self, key: str, kind: type, expected: str) -> Any:
        self._read.add(key)
        if key not in self._table:
            self.wrong(_("'{key}' is missing").format(key=key))
        if not isinstance(value := self._table[key], kind):
            self.wrong(_("'{key}' must be {expected}, not {value!r}").format(key=key, expected=expected, value=value))
        return value
