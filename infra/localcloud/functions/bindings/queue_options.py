"""`extensions.queues` and `extensions.blobs` of host.json, and the two message encodings."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.messages import _

from ..loading.timespan import seconds_of

MOST_IN_A_BATCH = 32
SHORTEST_POLL = 0.1
LONGEST_HIDDEN = 7 * 86_400.0


class HostConfigError(ValueError):
    """host.json holds a value that the host refuses."""


@dataclass(frozen=True)
class QueueOptions:
    """Times in seconds."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_timeout: float = 0.0
    max_polling_interval: float = 60.0
    encoding: str = "base64"

    def encode(self, body: bytes) -> str:
        """The text that goes on the wire."""
        return base64.b64encode(body).decode() if self.encoding == "base64" else body.decode("utf-8", "replace")

    def decode(self, text: str) -> bytes:
        """The message body in `text`; ValueError when it is not in the expected encoding."""
        if self.encoding == "none":
            return text.encode()
        try:
            return base64.b64decode("".join(text.split()), validate=True)  # white space is let pass, as .NET does
        except binascii.Error as error:
            raise ValueError(f"the message is not base64 ({error})") from error


def queue_options(host_json: Mapping[str, Any], processors: int) -> QueueOptions:
    """The options in a parsed host.json; HostConfigError says which value is wrong."""
    section = (host_json.get("extensions") or {}).get("queues") or {}
    given = {key.lower(): value for key, value in section.items()}
    batch = _number(given, "batchSize", 16, least=1, most=MOST_IN_A_BATCH)
    encoding = str(given.get("messageencoding") or "base64").lower()
    if encoding not in ("base64", "none"):
        raise HostConfigError(_bad("messageEncoding", encoding, _("base64 or none")))
    return QueueOptions(
        batch_size=batch,
        new_batch_threshold=_number(given, "newBatchThreshold", batch // 2 * processors, least=0),
        max_dequeue_count=_number(given, "maxDequeueCount", 5, least=1),
        visibility_timeout=_span(given, "visibilityTimeout", 0.0, most=LONGEST_HIDDEN),
        max_polling_interval=_span(given, "maxPollingInterval", 60.0, least=SHORTEST_POLL),
        encoding=encoding,
    )


def blob_options(host_json: Mapping[str, Any], processors: int) -> QueueOptions:
    """How the blob trigger's internal queue is read: `extensions.blobs` of a parsed host.json."""
    section = (host_json.get("extensions") or {}).get("blobs") or {}
    given = {key.lower(): value for key, value in section.items()}
    at_once = _number(given, "maxDegreeOfParallelism", 8 * processors, least=1, section="blobs")
    return QueueOptions(
        batch_size=min(at_once, MOST_IN_A_BATCH),
        new_batch_threshold=at_once // 2,
        max_dequeue_count=_number(given, "poisonBlobThreshold", 5, least=1, section="blobs"),
    )


def _number(
    given: Mapping[str, Any], name: str, default: int, *, least: int, most: int | None = None, section: str = "queues"
) -> int:
    value = given.get(name.lower())
    if value is None:
        return default
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)  # the host reads every value of host.json from text
    if not isinstance(value, int) or isinstance(value, bool) or value < least or (most is not None and value > most):
        limits = _("a whole number from {least} to {most}") if most else _("a whole number, at least {least}")
        raise HostConfigError(_bad(name, value, limits.format(least=least, most=most), section))
    return value


def _span(
    given: Mapping[str, Any], name: str, default: float, *, least: float = 0.0, most: float | None = None
) -> float:
    """Seconds. A bare number is days, as in .NET: most mean seconds by it, and are told so by the limit."""
    value = given.get(name.lower())
    if value is None:
        return default
    try:
        seconds = seconds_of(str(value))
    except ValueError as error:
        raise HostConfigError(_bad(name, value, _("a time span such as 00:00:30"))) from error
    if seconds < least:
        raise HostConfigError(_bad(name, value, _("a time span of {least} or more").format(least=_written(least))))
    if most is not None and seconds > most:
        text = _("a time span of at most {days:g} days such as 00:00:30 (a number alone is days)")
        raise HostConfigError(_bad(name, value, text.format(days=most / 86_400)))
    return seconds


def _written(seconds: float) -> str:
    return f"00:00:{seconds:04.1f}"


def _bad(name: str, value: object, expected: str, section: str = "queues") -> str:
    return _("host.json: extensions.{section}.{name} is {value}; expected {expected}.").format(
        section=section, name=name, value=value, expected=expected
    )
