"""Whether the host takes a function: its own checks and words, and how to mend it. Only that function is lost."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from localcloud.messages import _

from ..bindings.blob_path import blob_path, blob_pattern
from ..bindings.table_entity import check_table
from ..http.routes import RouteError, parse_route
from ..retries import RetryOptionsError, policy_of
from .settings import setting

Binding = Mapping[str, Any]

RESERVED_ROUTES = ("admin", "runtime")
# The binding types of the extension bundle, beside the host's own. Most have no local part: they are only indexed.
_TYPES = """
http httpTrigger timerTrigger warmupTrigger
queue queueTrigger blob blobTrigger table
cosmosDB cosmosDBTrigger
eventGrid eventGridTrigger eventHub eventHubTrigger serviceBus serviceBusTrigger
kafka kafkaTrigger rabbitMQ rabbitMQTrigger
sql sqlTrigger mysql mysqlTrigger kusto
redis redisPubSubTrigger redisListTrigger redisStreamTrigger
signalR signalRTrigger signalRConnectionInfo signalRNegotiation signalREndpoints
webPubSub webPubSubTrigger webPubSubConnection webPubSubContext
sendGrid twilioSms
orchestrationTrigger activityTrigger entityTrigger durableClient orchestrationClient
daprServiceInvocationTrigger daprBindingTrigger daprTopicTrigger
daprState daprSecret daprPublish daprInvoke daprBinding
assistantSkillTrigger assistantCreate assistantPost assistantQuery
textCompletion embeddings embeddingsStore semanticSearch
mcpToolTrigger mcpResourceTrigger mcpPromptTrigger connectorTrigger
"""

KNOWN_TYPES = frozenset(_TYPES.lower().split())
_FUNCTION_NAME = re.compile(r"[a-z][a-z0-9_\-]{0,127}", re.IGNORECASE | re.ASCII)
_BINDING_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9]{0,127}|\$return")
_QUEUE_NAME = re.compile(r"(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*")


def problem_with(name: str, bindings: Sequence[Binding], retry: Mapping[str, Any] | None = None) -> str | None:
    """Why the host refuses the function, and the mend; None when it takes it. `bindings` as the worker reports them."""
    return next(_problems(name, bindings, retry), None)


def is_disabled(name: str, settings: Mapping[str, str]) -> bool:
    """Whether the settings switch the function off: it is indexed, but nothing triggers it."""
    return any((setting(settings, key) or "").strip().lower() in ("true", "1") for key in disabling_settings(name))


def disabling_settings(name: str) -> tuple[str, str]:
    """The names of the settings that switch the function off."""
    return f"AzureWebJobs.{name}.Disabled", f"AzureWebJobs_{name}_Disabled"


def _problems(name: str, bindings: Sequence[Binding], retry: Mapping[str, Any] | None) -> Iterator[str]:
    yield from _of_function_name(name)
    yield from _of_binding_names(bindings)
    yield from _of_types(bindings)
    for binding in bindings:
        if check := _CHECKS.get(str(binding.get("type", "")).lower()):
            yield from check(name, binding)
    try:
        policy_of(retry)
    except RetryOptionsError as error:
        yield str(error)


def _of_function_name(name: str) -> Iterator[str]:
    if not _FUNCTION_NAME.fullmatch(name) or name.lower() == "host":
        yield (
            f"'{name}' is not a valid function name. "
            + _("Begin with a letter; then letters, digits, '_' and '-', 128 at most; 'host' is taken.")
        )


def _of_binding_names(bindings: Sequence[Binding]) -> Iterator[str]:
    names = [str(binding.get("name") or "") for binding in bindings]
    for name in names:
        if not _BINDING_NAME.fullmatch(name):
            yield f"The binding name {name} is invalid. Please assign a valid name to the binding. " + _renamed(name)
    for name, times in Counter(name.lower() for name in names).items():
        if times > 1:
            written = next(one for one in names if one.lower() == name)
            yield (
                f"Multiple bindings with name '{written}' discovered. Binding names must be unique. "
                + _("Give each its own arg_name.")
            )


def _renamed(name: str) -> str:
    first, *rest = [part for part in re.split(r"[^a-zA-Z0-9]+", name) if part] or ["value"]
    valid = "".join([first, *(part[0].upper() + part[1:] for part in rest)]).lstrip("0123456789")[:128] or "value"
    return _('Rename arg_name="{name}" to "{valid}" (letters and digits only), and the parameter with it.').format(
        name=name, valid=valid
    )


def _of_types(bindings: Sequence[Binding]) -> Iterator[str]:
    unknown = [str(binding.get("type")) for binding in bindings if str(binding.get("type")).lower() not in KNOWN_TYPES]
    if unknown:
        yield (
            f"The binding type(s) '{', '.join(unknown)}' were not found in the configured extension bundle. "
            "Please ensure the type is correct and the correct version of extension bundle is configured."
        )


def _of_route(function: str, binding: Binding) -> Iterator[str]:
    route = str(binding.get("route") or function).strip("/")
    if route.lower().startswith(RESERVED_ROUTES):
        yield (
            "The specified route conflicts with one or more built in routes. "
            + _("'{route}' begins with admin or runtime: begin it with another word.").format(route=route)
        )
    try:
        parse_route(route)
    except RouteError as error:
        yield str(error)


def _of_schedule(_function: str, binding: Binding) -> Iterator[str]:
    from ..bindings.schedule import ScheduleError, schedule_of  # its cron library is for apps that have a timer

    schedule = str(binding.get("schedule") or "")
    if "%" in schedule:
        return
    try:
        schedule_of(schedule)
    except ScheduleError as error:
        yield str(error)


def _of_queue(_function: str, binding: Binding) -> Iterator[str]:
    name = str(binding.get("queueName") or "")
    if not any(char in name for char in "%{") and not _QUEUE_NAME.fullmatch(name.lower()):
        yield (
            'A queue name can contain only letters, numbers, and dash (-) characters - "'
            + name
            + '". '
            + _("It has 3 to 63 of them, and begins and ends with a letter or digit, without two dashes in a row.")
        )


def _of_blob_trigger(_function: str, binding: Binding) -> Iterator[str]:
    path = str(binding.get("path") or "")
    if "%" not in path:
        yield from _refused(blob_pattern, path)


def _of_blob(_function: str, binding: Binding) -> Iterator[str]:
    path = str(binding.get("path") or "")
    if "%" not in path and "{" not in path.partition("/")[0]:
        yield from _refused(blob_path, path)


def _of_table(_function: str, binding: Binding) -> Iterator[str]:
    name = str(binding.get("tableName") or "")
    if not any(char in name for char in "%{"):
        yield from _refused(check_table, name)


def _refused(check: Callable[[str], object], text: str) -> Iterator[str]:
    try:
        check(text)
    except ValueError as error:
        yield str(error)


_CHECKS: dict[str, Callable[[str, Binding], Iterator[str]]] = {
    "httptrigger": _of_route,
    "timertrigger": _of_schedule,
    "queuetrigger": _of_queue,
    "queue": _of_queue,
    "blobtrigger": _of_blob_trigger,
    "blob": _of_blob,
    "table": _of_table,
}
