"""What the host reads for an invocation before the call, and writes for it after."""

import asyncio
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from localcloud.messages import _

from ..worker.values import Value
from . import input_for, output_for
from .expressions import Surroundings, expand_binding

if TYPE_CHECKING:
    from ..invocation import Invocation


class BindingFailed(RuntimeError):
    """A binding could not be read or written, which fails the invocation; `kind` is the kind of the error behind it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


async def read_inputs(invocation: "Invocation") -> dict[str, Value]:
    """The values of the input bindings beside the trigger; BindingFailed when one cannot be had."""
    bindings = invocation.function.inputs
    values = await asyncio.gather(*(_read(invocation, one) for one in bindings)) if bindings else []
    return {binding["name"]: value for binding, value in zip(bindings, values, strict=True)}


async def _read(invocation: "Invocation", binding: dict[str, Any]) -> Value:
    reader = input_for(binding["type"])
    if reader is None:
        why = _("There is no local service for the input binding '{name}' of type {type}.")
        raise BindingFailed("NotSupported", why.format(name=binding["name"], type=binding["type"]))
    try:
        return await reader(invocation, _expanded(invocation, binding))
    except Exception as error:  # whatever a service or an expression refuses: the invocation's failure
        text = f"Exception binding parameter '{binding['name']}': {error}"
        raise BindingFailed(type(error).__name__, text) from error


async def write_output(invocation: "Invocation", binding: dict[str, Any], value: Value) -> None:
    """Writes one output; BindingFailed when that cannot be done."""
    writer = output_for(binding["type"])
    if writer is None:
        why = _("There is no local service for the output binding '{name}' of type {type}.")
        raise BindingFailed("NotSupported", why.format(name=binding["name"], type=binding["type"]))
    try:
        await writer(invocation, _expanded(invocation, binding), value)
    except Exception as error:  # whatever a service or an expression refuses: the invocation's failure
        text = f"Error while handling parameter {binding['name']} after function returned: {error}"
        raise BindingFailed(type(error).__name__, text) from error


def _expanded(invocation: "Invocation", binding: dict[str, Any]) -> dict[str, Any]:
    around = Surroundings(datetime.now(timezone.utc), lambda: uuid.uuid4().hex, invocation.function.name)
    return expand_binding(binding, invocation.data, around)
