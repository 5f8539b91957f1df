"""The queue bindings, plugged into the host."""

import os
from typing import TYPE_CHECKING, Any

from ..loading.settings import connection
from ..record import written
from ..worker.values import Value
from .queue_hub import hub_of
from .queue_options import QueueOptions, queue_options
from .queue_output import messages_of
from .queue_trigger import Arrived, Hooks, QueueListener, json_datum

if TYPE_CHECKING:
    from ..invocation import Invocation
    from ..loading.index import FunctionInfo
    from .binding_host import BindingHost


def _options(host: "BindingHost") -> QueueOptions:
    return queue_options(host.config.raw, os.cpu_count() or 1)


def listen(host: "BindingHost", function: "FunctionInfo") -> QueueListener:
    """The listener of a queue-triggered function; SettingsError when its connection leads nowhere."""
    trigger = function.trigger
    account = hub_of(host).account(connection(trigger.get("connection"), host.settings))
    hooks = Hooks(_invoker(host, function), host.say, host.journal.add)
    return QueueListener(
        function.name,
        str(trigger["queueName"]),
        account,
        _options(host),
        hub_of(host),
        hooks,
        time_scale=host.time_scale,
        rng=host.rng,
    )


def _invoker(host: "BindingHost", function: "FunctionInfo") -> Any:
    async def invoke(arrived: Arrived) -> bool:
        result = await host.invoke(
            function,
            {function.trigger["name"]: _body(arrived.body, function.trigger)},
            {name: Value(*json_datum(value)) for name, value in arrived.metadata.items()},
            reason=arrived.reason,
            details=arrived.details,
            trace=arrived.traceparent,
            data=arrived.metadata,
            source=arrived.source,
        )
        return result.ok

    return invoke


def _body(body: bytes, trigger: dict[str, Any]) -> Value:
    """Text, unless the binding asks for bytes or the message is no text."""
    if str(trigger.get("dataType") or "").upper() == "BINARY":
        return Value("bytes", body)
    try:
        return Value("string", body.decode("utf-8"))
    except UnicodeDecodeError:
        return Value("bytes", body)


async def write(invocation: "Invocation", binding: dict[str, Any], value: Value) -> None:
    """Puts what a function gave on its queue, one message an element."""
    host, queue = invocation.host, str(binding["queueName"]).lower()
    account = hub_of(host).account(connection(binding.get("connection"), host.settings))
    for text in messages_of(value.type, value.value, _options(host)):
        message_id = await hub_of(host).write(account, queue, text, invocation.traceparent)
        written(invocation, binding, queue, queue=queue, message_id=message_id)
