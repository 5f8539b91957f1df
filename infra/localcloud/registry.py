"""The services of the local cloud: to add one, write its folder's `service.py` and add its name here."""

import difflib
import importlib
from collections.abc import Iterable

from .cloud import CloudService
from .messages import _

# Those that come first are shown first. Each is imported only when it is asked for.
SERVICES = (
    *("portal", "functions", "slack", "cosmos", "storage", "engine", "aws", "load", "dynamodb"),
    *("azure", "github", "resources"),
)


class UnknownService(LookupError):
    """There is no service of this name; the text names the nearest one."""


def service(name: str) -> CloudService:
    """The service of this name."""
    if name not in SERVICES:
        raise UnknownService(_("there is no service {name}").format(name=name) + nearest(name, SERVICES))
    found = importlib.import_module(f"localcloud.{name}.service").SERVICE
    assert isinstance(found, CloudService)
    return found


def in_order(names: Iterable[str]) -> list[CloudService]:
    """These services and all that they need, each after what it needs."""
    found: dict[str, CloudService] = {}

    def add(name: str) -> None:
        if name not in found:
            one = service(name)
            for need in one.needs:
                add(need)
            found[name] = one

    for name in names:
        add(name)
    return list(found.values())


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean ...?)`, or which words are known."""
    known = list(known)
    if close := difflib.get_close_matches(word, known, 1):
        return " " + _("(did you mean {word}?)").format(word=close[0])
    return " " + _("(there are: {known})").format(known=", ".join(known) or "-")
