"""The functions of an app as the host knows them: bindings resolved, trigger found, problems named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.messages import _

from ..http.routes import HttpFunction, clashes, parse_route
from ..retries import RetryPolicy, policy_of
from .hostjson import HostJson
from .settings import SettingsError, resolve_binding
from .validation import is_disabled, problem_with

HTTP = "httptrigger"


@dataclass(frozen=True)
class FunctionInfo:
    """One function that the host runs. `bindings` are resolved; `raw` is what the worker reported."""

    name: str
    bindings: list[dict[str, Any]]
    retry: RetryPolicy | None = None
    disabled: bool = False
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def trigger(self) -> dict[str, Any]:
        return next(binding for binding in self.bindings if is_trigger(binding))

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """The input bindings beside the trigger."""
        return [one for one in self.bindings if one.get("direction") == "IN" and not is_trigger(one)]

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """The output bindings that are not the HTTP answer."""
        return [one for one in self.bindings if one.get("direction") == "OUT" and one["type"].lower() != "http"]

    @property
    def is_http(self) -> bool:
        return str(self.trigger["type"]).lower() == HTTP

    @property
    def answer_name(self) -> str | None:
        """The name of the HTTP output; None when there is none."""
        return next((one["name"] for one in self.bindings if one["type"].lower() == "http"), None)

    @property
    def route(self) -> str:
        return str(self.trigger.get("route") or self.name)

    @property
    def methods(self) -> frozenset[str] | None:
        methods = self.trigger.get("methods")
        return frozenset(str(method).upper() for method in methods) if methods else None

    def address(self, base_url: str) -> str | None:
        """Where an HTTP function answers, with the placeholders of its route; None for other triggers."""
        return f"{base_url}/{self.route.lstrip('/')}" if self.is_http else None

    def http(self) -> HttpFunction:
        """For the route table; only of an HTTP function."""
        level = str(self.trigger.get("authLevel") or "FUNCTION").upper()
        return HttpFunction(self.name, parse_route(self.route), self.methods, level)


def is_trigger(binding: Mapping[str, Any]) -> bool:
    return str(binding["type"]).lower().endswith("trigger")


@dataclass(frozen=True)
class Index:
    """What an app holds: the functions that run, and why others do not."""

    functions: dict[str, FunctionInfo] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


def index_of(reported: Iterable[dict[str, Any]], settings: Mapping[str, str], config: HostJson) -> Index:
    """Validates each function by itself, as the host does: a wrong one is lost, the others run."""
    found: dict[str, FunctionInfo] = {}
    errors: list[str] = []
    for facts in sorted(reported, key=lambda one: str(one["name"]).lower()):
        name = facts["name"]
        if config.functions is not None and name.lower() not in {one.lower() for one in config.functions}:
            continue
        try:
            info, why = _validated(facts, settings, config)
        except SettingsError as error:
            info, why = None, str(error)
        if info and not why:
            found[name] = info
        else:
            errors.append(_in_error(name, why or ""))
    for name, why in clashes([info.http() for info in found.values() if info.is_http]).items():
        del found[name]
        errors.append(_in_error(name, why))
    return Index(found, tuple(errors))


def _validated(
    facts: dict[str, Any], settings: Mapping[str, str], config: HostJson
) -> tuple[FunctionInfo | None, str | None]:
    name, bindings = facts["name"], facts["bindings"]
    if why := problem_with(name, bindings, facts.get("retry")):
        return None, why
    resolved = [resolve_binding(binding, settings) for binding in bindings]
    retry = policy_of(facts.get("retry")) or config.retry
    info = FunctionInfo(name, resolved, retry, is_disabled(name, settings), facts)
    return info, None


def _in_error(name: str, why: str) -> str:
    return f"The '{name}' function is in error: {why} " + _("The other functions run.")
