"""The sources of faults: one line each, the folder of a page whose module `faults` has them."""

from importlib import import_module

from ..page import Connections
from .source import Source

NAMES = ("functions", "chat", "engine")


def sources(connections: Connections) -> list[Source]:
    """Those of the services that run."""
    found: list[Source] = []
    for name in NAMES:
        found += import_module(f"localcloud.portal.{name}.faults").sources(connections)
    return found
