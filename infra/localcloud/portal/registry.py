"""The pages, in the order of the navigation: one line each."""

from functools import cache
from importlib import import_module

from .page import Page

NAMES = (
    "chat",
    "functions",
    "repository",
    "runs",
    "deployments",
    "resources",
    "timeline",
    "queues",
    "storage",
    "data",
    "heat",
    "engine",
    "faults",
    "trials",
    "slides",
)


@cache
def all_pages() -> tuple[Page, ...]:
    """Every page there is."""
    found: tuple[Page, ...] = tuple(import_module(f"{__package__}.{name}").PAGE for name in NAMES)
    return found
