"""The dependency graph of a configuration: read from what an engine prints, laid out, drawn."""

from .dot import NoGraph, read
from .graph import Graph
from .picture import Picture

__all__ = ["Graph", "NoGraph", "Picture", "read"]
