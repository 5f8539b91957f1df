"""Whether a Python function fits its bindings: the checks, and the words, of the real worker."""

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from azure.functions.decorators.core import BindingDirection

from .converters import accepts, has_implicit_output
from .telling import shown

GENERIC = "generic"


class FunctionLoadError(Exception):
    """A function does not fit its bindings; the whole app is lost."""

    def __init__(self, function: str, why: str) -> None:
        super().__init__(f"cannot load the {function} function: {why}")


@dataclass(frozen=True)
class Bound:
    """How one parameter, or the return value, is converted."""

    binding: str
    pytype: Any


@dataclass(frozen=True)
class Signature:
    """What a call needs: converters of inputs, outputs and of the return value (None when it may return nothing)."""

    inputs: dict[str, Bound]
    outputs: dict[str, Bound]
    returned: Bound | None
    wants_context: bool
    is_async: bool


def signature_of(name: str, function: Callable[..., Any], bindings: list[Any]) -> Signature:
    """The signature of `function` with its SDK bindings; FunctionLoadError when they do not fit."""
    parameters = dict(inspect.signature(function).parameters)
    annotations = typing.get_type_hints(function)
    bound = {binding.name: binding for binding in bindings if binding.name != "$return"}
    for binding in bindings:
        _check_direction(name, binding)
    wants_context = _takes_context(name, parameters, annotations, bound)
    _check_names(name, parameters, bound)
    inputs: dict[str, Bound] = {}
    outputs: dict[str, Bound] = {}
    for parameter in parameters:
        binding = bound[parameter]
        kind = _bound(name, binding, parameter in annotations, annotations.get(parameter))
        (outputs if _is_out(binding) else inputs)[parameter] = kind
    returned = _returned(name, bindings, annotations)
    return Signature(inputs, outputs, returned, wants_context, inspect.iscoroutinefunction(function))


def _is_out(binding: Any) -> bool:
    return bool(binding.direction == BindingDirection.OUT.value)


def _check_direction(name: str, binding: Any) -> None:
    if binding.direction == BindingDirection.INOUT.value:
        raise FunctionLoadError(name, '"inout" bindings are not supported')
    if binding.name == "$return" and not _is_out(binding):
        raise FunctionLoadError(name, '"$return" binding must have direction set to "out"')


def _takes_context(name: str, parameters: dict[str, Any], annotations: dict[str, Any], bound: dict[str, Any]) -> bool:
    if "context" not in parameters or "context" in bound:
        return False
    del parameters["context"]
    annotation = annotations.get("context")
    if "context" in annotations and (not isinstance(annotation, type) or annotation.__name__ != "Context"):
        raise FunctionLoadError(
            name,
            f'the "context" parameter is expected to be of type azure.functions.Context, got {shown(annotation)}',
        )
    return True


def _check_names(name: str, parameters: dict[str, Any], bound: dict[str, Any]) -> None:
    if extra := sorted(set(parameters) - set(bound)):
        raise FunctionLoadError(
            name, f"the following parameters are declared in Python but not in the function's decorators: {extra!r}"
        )
    if missing := sorted(set(bound) - set(parameters)):
        raise FunctionLoadError(
            name, f"the following parameters are declared in the function's decorators but not in Python: {missing!r}"
        )


def _bound(name: str, binding: Any, annotated: bool, annotation: Any) -> Bound:
    is_out_annotation = annotated and _is_out_type(annotation)
    pytype = _inner(name, binding.name, annotation) if is_out_annotation else annotation
    if not annotated:
        return Bound(binding.type, None)
    if (not isinstance(pytype, type) and not _is_generic(pytype)) or isinstance(pytype, types.GenericAlias):
        raise FunctionLoadError(name, f"binding {binding.name} has invalid non-type annotation {shown(pytype)}")
    if _is_out(binding) and not is_out_annotation:
        raise FunctionLoadError(
            name,
            f'binding {binding.name} is declared to have the "out" direction, but its annotation in Python is not a '
            "subclass of azure.functions.Out",
        )
    if not _is_out(binding) and is_out_annotation:
        raise FunctionLoadError(
            name,
            f'binding {binding.name} is declared to have the "in" direction in the function\'s decorators, but its '
            "annotation is azure.functions.Out in Python",
        )
    kind = GENERIC if pytype in (str, bytes) and not has_implicit_output(binding.type) else binding.type
    if not accepts(kind, pytype, output=is_out_annotation):
        raise FunctionLoadError(
            name,
            f'type of {binding.name} binding "{binding.type}" does not match its Python annotation "{_named(pytype)}"',
        )
    return Bound(kind, pytype)


def _is_out_type(annotation: Any) -> bool:
    origin = typing.get_origin(annotation) or annotation
    return isinstance(origin, type) and origin.__name__ == "Out"


def _inner(name: str, parameter: str, annotation: Any) -> Any:
    arguments = typing.get_args(annotation)
    if len(arguments) != 1:
        raise FunctionLoadError(name, f"binding {parameter} has invalid Out annotation {shown(annotation)}")
    return arguments[0]


def _is_generic(pytype: Any) -> bool:
    """Whether this is one of `typing`'s generic types, such as `typing.List[str]`."""
    return typing.get_origin(pytype) not in (None, typing.Union, types.UnionType, typing.Literal)


def _returned(name: str, bindings: list[Any], annotations: dict[str, Any]) -> Bound | None:
    explicit = next((binding.type for binding in bindings if binding.name == "$return"), None)
    if explicit is None:
        implicit = [binding.type for binding in bindings if has_implicit_output(binding.type)]
        return Bound(implicit[-1], annotations.get("return")) if implicit else None
    if "return" not in annotations:
        return Bound(explicit, None)
    pytype = annotations["return"]
    if _is_out_type(pytype):
        raise FunctionLoadError(name, "return annotation should not be azure.functions.Out")
    if not isinstance(pytype, type) or isinstance(pytype, types.GenericAlias):
        raise FunctionLoadError(name, f"has invalid non-type return annotation {shown(pytype)}")
    if not accepts(explicit, pytype, output=True):  # also for str and bytes, unlike those of a parameter
        why = f'Python return annotation "{_named(pytype)}" does not match binding type "{explicit}"'
        raise FunctionLoadError(name, why)
    return Bound(explicit, pytype)


def _named(pytype: Any) -> str:
    return str(getattr(pytype, "__name__", None) or shown(pytype))
