"""Whether a container's definition and its documents' keys can be used; what is wrong with them in words. Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.messages import _

KNOWN = {"partition_key", "indexing_policy"}
MOST_LEVELS = 3
MOST_KEY_BYTES = 2048
PATH = re.compile(r"(/[A-Za-z_][A-Za-z0-9_]*)+")


class KeyProblem(ValueError):
    """The text says what is wrong with a key, and what to do."""


@dataclass(frozen=True)
class Definition:
    """A container as `CONTAINER` in partitioning.py describes it."""

    paths: tuple[str, ...]
    indexing_policy: dict[str, Any] | None = None


def definition_of(container: object) -> Definition:
    """What a `CONTAINER` says; KeyProblem."""
    if not isinstance(container, dict):
        raise KeyProblem(_("CONTAINER must be a dict, and is of the type {type}.").format(type=_type(container)))
    if unknown := sorted(str(name) for name in container.keys() - KNOWN):
        raise KeyProblem(
            _("CONTAINER has {names}: only partition_key and indexing_policy may be there.").format(
                names=", ".join(unknown)
            )
        )
    paths = container.get("partition_key")
    if not isinstance(paths, list) or not 1 <= len(paths) <= MOST_LEVELS:
        raise KeyProblem(_('CONTAINER["partition_key"] must be a list of one to three paths, such as ["/pk"].'))
    for path in paths:
        if not isinstance(path, str) or not PATH.fullmatch(path):
            raise KeyProblem(_("{path!r} is no path of a key: write a slash and a field's name.").format(path=path))
    if len(set(paths)) < len(paths):
        raise KeyProblem(_("A path stands twice in the key: {paths}.").format(paths=", ".join(paths)))
    policy = container.get("indexing_policy")
    if policy is not None and not isinstance(policy, dict):
        raise KeyProblem(_('CONTAINER["indexing_policy"] must be a dict.'))
    return Definition(tuple(paths), policy)


def key_of(document: Mapping[str, Any], paths: Sequence[str]) -> tuple[Any, ...]:
    """The values of a document's key; KeyProblem when one is missing, or can be no part of a key."""
    return tuple(_part(document, path) for path in paths)


def _part(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for name in path[1:].split("/"):
        if not isinstance(value, Mapping) or name not in value:
            raise KeyProblem(
                _(
                    "The document {id} has no {path}. Cosmos DB would store it all the same, with every other document "
                    "that lacks it, under one key: fill {path} in to_document."
                ).format(id=document.get("id"), path=path)
            )
        value = value[name]
    if isinstance(value, str) and len(value.encode()) > MOST_KEY_BYTES:
        raise KeyProblem(_("{path} of the document {id} is longer than 2,048 bytes.").format(
            path=path, id=document.get("id")))  # fmt: skip
    finite = not isinstance(value, float) or math.isfinite(value)
    if value is None or (isinstance(value, (str, bool, int, float)) and finite):
        return value
    raise KeyProblem(
        _("{path} of the document {id} is of the type {type}: a key is text, a number, a truth value or null.").format(
            path=path, id=document.get("id"), type=_type(value)
        )
    )


def _type(value: object) -> str:
    return type(value).__name__
