"""What a Cosmos DB trigger and `extensions.cosmosDB` of host.json say. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from localcloud.messages import _

from .cosmos_error import CosmosBindingError
from .cosmos_names import Binding, CosmosTarget, given, target_of
from .queue_options import HostConfigError

BEGINNING, NOW = "Beginning", "Now"
LEASES = "leases"
CONNECTION_MODES = ("gateway", "direct")

Start = datetime | str


@dataclass(frozen=True)
class TriggerOptions:
    """What a trigger watches and where its leases are. Times in seconds; `most` documents a call, None for as many as
    the service sends at once; `start` where the feed begins when there are no leases yet."""

    watched: CosmosTarget
    leases: CosmosTarget
    make_leases: bool = False
    leases_throughput: int | None = None
    prefix: str = ""
    poll_delay: float = 5.0
    acquire_every: float = 13.0
    renew_every: float = 17.0
    expire_after: float = 60.0
    most: int | None = None
    start: Start = NOW


def trigger_options(binding: Binding, host_json: Mapping[str, Any]) -> TriggerOptions:
    """The options of a trigger. SettingsError or CosmosBindingError say which is missing or wrong."""
    watched = target_of(binding)
    leases = CosmosTarget(
        str(given(binding, "leaseConnection", "leaseConnectionStringSetting") or watched.connection),
        str(given(binding, "leaseDatabaseName") or watched.database),
        str(given(binding, "leaseContainerName", "leaseCollectionName") or LEASES),
    )
    if leases == watched:
        raise CosmosBindingError("The monitored container cannot be the same as the container storing the leases.")
    prefix = given(binding, "leaseContainerPrefix", "leaseCollectionPrefix") or _lease_prefix(host_json)
    return TriggerOptions(
        watched,
        leases,
        bool(given(binding, "createLeaseContainerIfNotExists", "createLeaseCollectionIfNotExists")),
        _number(binding, "leasesContainerThroughput", "leasesCollectionThroughput"),
        str(prefix),
        _seconds(binding, "feedPollDelay", 5_000),
        _seconds(binding, "leaseAcquireInterval", 13_000),
        _seconds(binding, "leaseRenewInterval", 17_000),
        _seconds(binding, "leaseExpirationInterval", 60_000),
        _number(binding, "maxItemsPerInvocation"),
        _start(binding),
    )


def _seconds(binding: Binding, name: str, default: int) -> float:
    """A number of milliseconds, in seconds; 0 is the default's, as in Azure."""
    return (_number(binding, name) or default) / 1000


def _number(binding: Binding, *names: str) -> int | None:
    value = given(binding, *names)
    if value is None:
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not text.isdigit():
        raise CosmosBindingError(
            f"'{names[0]}' must be greater than 0. " + _("This is {value}: write a whole number.").format(value=value)
        )
    return int(text) or None


def _start(binding: Binding) -> Start:
    beginning, moment = given(binding, "startFromBeginning"), given(binding, "startFromTime")
    if beginning and moment:
        raise CosmosBindingError("Only one of StartFromBeginning or StartFromTime can be used")
    if moment is None:
        return BEGINNING if beginning else NOW
    try:
        parsed = datetime.fromisoformat(str(moment).replace("Z", "+00:00"))
    except ValueError as error:
        raise CosmosBindingError(
            "The specified StartFromTime parameter is not in the correct format. Please use the ISO 8601 format with "
            "the UTC designator. For example: '2021-02-16T14:19:29Z'."
        ) from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


def check_cosmos_options(host_json: Mapping[str, Any]) -> None:
    """HostConfigError when a value of `extensions.cosmosDB` is none: `connectionMode`, `leaseOptions.leasePrefix`."""
    section = _section(host_json)
    mode = section.get("connectionmode", "gateway")
    if str(mode).lower() not in CONNECTION_MODES:
        raise HostConfigError(_bad("connectionMode", mode, _("Gateway or Direct")))
    options = section.get("leaseoptions", {})
    if not isinstance(options, dict) or not isinstance(options.get("leasePrefix", ""), str):
        raise HostConfigError(_bad("leaseOptions", options, _('an object such as {"leasePrefix": "mine"}')))


def _lease_prefix(host_json: Mapping[str, Any]) -> str:
    options = _section(host_json).get("leaseoptions") or {}
    return str(options.get("leasePrefix") or "")


def _section(host_json: Mapping[str, Any]) -> dict[str, Any]:
    extensions = host_json.get("extensions") or {}
    found = next((value for name, value in extensions.items() if name.lower() == "cosmosdb"), None) or {}
    return {name.lower(): value for name, value in found.items()}


def _bad(name: str, value: object, expected: str) -> str:
    return _("host.json: extensions.cosmosDB.{name} is {value}; expected {expected}.").format(
        name=name, value=value, expected=expected
    )
