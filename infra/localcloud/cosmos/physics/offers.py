"""Offers: the throughput of a container or of a shared database, and what it may be changed to. Pure.

Rules: https://learn.microsoft.com/azure/cosmos-db/concepts-limits and autoscale-faq. Refused values raise `OfferError`,
whose text is the service's.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

MANUAL_LEAST, MANUAL_STEP = 400, 100  # RU/s
AUTOSCALE_LEAST, AUTOSCALE_STEP = 1_000, 1_000
MOST = 1_000_000
SHARED_CONTAINERS = 25  # of a shared database before its least throughput grows
THROUGHPUT_HEADER = "x-ms-offer-throughput"
AUTOSCALE_HEADER = "x-ms-cosmos-offer-autopilot-settings"
TO_AUTOSCALE_HEADER = "x-ms-cosmos-migrate-offer-to-autopilot"
TO_MANUAL_HEADER = "x-ms-cosmos-migrate-offer-to-manual-throughput"


class OfferError(ValueError):
    """The service refuses this throughput: status 400."""


@dataclass(frozen=True)
class StoredAmount:
    """What a resource holds, as far as it bounds its throughput: gigabytes, and containers of a shared database."""

    gigabytes: float = 0.0
    containers: int = 0


@dataclass(frozen=True)
class Offer:
    """`throughput` RU/s, manual, or the maximum of autoscale; `highest` RU/s ever provisioned."""

    throughput: int
    autoscale: bool = False
    highest: int = 0

    def least(self, stored: StoredAmount) -> int:
        """The least RU/s this may be changed to."""
        extra = max(0, stored.containers - SHARED_CONTAINERS)
        if self.autoscale:
            grown = max(self.highest / 10, stored.gigabytes * 10, AUTOSCALE_LEAST + extra * AUTOSCALE_STEP)
            return max(AUTOSCALE_LEAST, _nearest(grown, AUTOSCALE_STEP))
        grown = max(self.highest / 100, stored.gigabytes, MANUAL_LEAST + extra * MANUAL_STEP)
        return max(MANUAL_LEAST, math.ceil(grown / MANUAL_STEP) * MANUAL_STEP)

    def changed(self, throughput: int, stored: StoredAmount) -> "Offer":
        """The offer at another throughput; OfferError for one that the service does not take."""
        _check(throughput, self.least(stored), AUTOSCALE_STEP if self.autoscale else MANUAL_STEP)
        return replace(self, throughput=throughput, highest=max(self.highest, throughput))

    def to_autoscale(self, stored: StoredAmount) -> "Offer":
        """Switched to autoscale, at the maximum that the service chooses."""
        if self.autoscale:
            return self
        grown = max(self.throughput, self.highest / 10, stored.gigabytes * 10)
        maximum = max(AUTOSCALE_LEAST, _nearest(grown, AUTOSCALE_STEP))
        return Offer(maximum, True, max(self.highest, maximum))

    def to_manual(self) -> "Offer":
        """Switched to manual throughput, at what was the maximum."""
        return replace(self, autoscale=False)

    def content(self, stored: StoredAmount) -> dict[str, Any]:
        """The `content` of the offer resource."""
        settings = {"offerAutopilotSettings": {"maxThroughput": self.throughput}} if self.autoscale else {}
        return {
            "offerThroughput": max(MANUAL_STEP, self.throughput // 10) if self.autoscale else self.throughput,
            "offerIsRUPerMinuteThroughputEnabled": False,
            "offerMinimumThroughputParameters": {
                "maxThroughputEverProvisioned": self.highest,
                "maxConsumedStorageEverInKB": math.ceil(stored.gigabytes * 1024 * 1024),
            },
            "offerLastReplaceTimestamp": 0,
            **settings,
            "isOfferReplacePending": False,
        }


def from_headers(headers: Mapping[str, str]) -> Offer | None:
    """The throughput that the creation of a container or database asks for; None when it names none."""
    manual, settings = headers.get(THROUGHPUT_HEADER), headers.get(AUTOSCALE_HEADER)
    if manual is not None and settings is not None:
        raise OfferError("Both offer throughput and autopilot settings are specified; only one of them may be.")
    if settings is not None:
        maximum = _whole(_settings(settings).get("maxThroughput"), AUTOSCALE_HEADER)
        _check(maximum, AUTOSCALE_LEAST, AUTOSCALE_STEP)
        return Offer(maximum, True, maximum)
    if manual is None:
        return None
    throughput = _whole(manual, THROUGHPUT_HEADER)
    _check(throughput, MANUAL_LEAST, MANUAL_STEP)
    return Offer(throughput, False, throughput)


def replaced(offer: Offer, body: object, headers: Mapping[str, str], stored: StoredAmount) -> Offer:
    """The offer after a PUT of `body` with `headers`; the kind changes only by the migration headers."""
    if headers.get(TO_AUTOSCALE_HEADER, "").lower() == "true":
        return offer.to_autoscale(stored)
    if headers.get(TO_MANUAL_HEADER, "").lower() == "true":
        return offer.to_manual()
    content = body.get("content") if isinstance(body, dict) else None
    if not isinstance(content, dict):
        raise OfferError("The offer's content is missing or invalid.")
    settings = content.get("offerAutopilotSettings")
    manual = content.get("offerThroughput")
    if not offer.autoscale:
        if settings:
            raise OfferError(_migrate("autopilot"))
        return offer.changed(_whole(manual, "offerThroughput"), stored)
    maximum = settings.get("maxThroughput") if isinstance(settings, dict) else None
    if maximum is None or (
        maximum == offer.throughput and manual not in (None, offer.content(stored)["offerThroughput"])
    ):
        raise OfferError(_migrate("manually provisioned throughput"))
    return offer.changed(_whole(maximum, "maxThroughput"), stored)


def _migrate(kind: str) -> str:
    return f"Updating offer to {kind} is not allowed. Please invoke migration API to migrate this offer."


def _settings(text: str) -> dict[str, Any]:
    try:
        settings = json.loads(text)
    except ValueError:
        settings = None
    if not isinstance(settings, dict):
        raise OfferError(f"The value '{text}' specified for the header '{AUTOSCALE_HEADER}' is invalid.")
    return settings


def _whole(value: object, name: str) -> int:
    """A whole number, from a header's text or from JSON."""
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9
    if not digits and (isinstance(value, bool) or not isinstance(value, int)):
        raise OfferError(f"The value '{value}' specified for '{name}' is invalid.")
    return int(value)  # type: ignore[call-overload, no-any-return]


def _check(throughput: int, least: int, step: int) -> None:
    if not least <= throughput <= MOST or throughput % step:
        raise OfferError(
            f"The offer should have valid throughput values between {least} and {MOST} inclusive "
            f"in increments of {step}."
        )


def _nearest(value: float, step: int) -> int:
    """The step nearest to a value, halves upwards."""
    return math.floor(value / step + 0.5) * step
