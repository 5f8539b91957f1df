"""Indexing policies, and the index terms of documents."""

from .index import Index, Term, leaf_count
from .paths import ELEMENT, Path, number, written
from .policy import EVERYTHING, normalised

__all__ = ["ELEMENT", "EVERYTHING", "Index", "Path", "Term", "leaf_count", "normalised", "number", "written"]
