"""The combinations of a job's `strategy.matrix`."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.messages import _

from .expressions import text_of

MOST = 256


class MatrixError(ValueError):
    """Not a matrix; the text says why."""


def combinations(matrix: Any) -> list[dict[str, Any]]:
    """What a matrix stands for, in order, with `exclude` and `include`; MatrixError."""
    if not isinstance(matrix, Mapping):
        raise MatrixError(_("strategy.matrix must be a mapping."))
    axes = {key: value for key, value in matrix.items() if key not in ("include", "exclude")}
    for key, values in axes.items():
        if not isinstance(values, Sequence) or isinstance(values, str) or not values:
            raise MatrixError(_("matrix.{key} must be a list that is not empty.").format(key=key))
    count = 1
    for values in axes.values():
        count *= len(values)
    if count > MOST:
        raise MatrixError(_("A matrix may have {limit} jobs at most.").format(limit=MOST))
    found = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []
    excluded = _mappings(matrix, "exclude")
    found = [one for one in found if not any(_has(one, other) for other in excluded)]
    found = _with_included(found, tuple(axes), _mappings(matrix, "include"))
    if not found:
        raise MatrixError(_("The matrix has no combination."))
    if len(found) > MOST:
        raise MatrixError(_("A matrix may have {limit} jobs at most.").format(limit=MOST))
    return found


def _with_included(
    found: list[dict[str, Any]], axes: Sequence[str], included: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """An inclusion adds to every combination whose own values it does not change; to none, it is one more."""
    originals = list(found)
    for one in included:
        mine = {key: value for key, value in one.items() if key in axes}
        fitting = [other for other in originals if _has(other, mine)]
        for other in fitting:
            other.update(one)
        if not fitting:
            found.append(dict(one))
    return found


def _mappings(matrix: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    values = matrix.get(key) or []
    if not isinstance(values, Sequence) or not all(isinstance(one, Mapping) for one in values):
        raise MatrixError(_("matrix.{key} must be a list of mappings.").format(key=key))
    return values


def _has(combination: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    return all(key in combination and combination[key] == value for key, value in values.items())


def label(combination: Mapping[str, Any]) -> str:
    """What GitHub puts behind the job's name."""
    return ", ".join(
        text_of(value) if not isinstance(value, (dict, list)) else json.dumps(value, ensure_ascii=False)
        for value in combination.values()
    )
