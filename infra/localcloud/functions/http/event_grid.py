"""What Event Grid sends: events in its own schema or as CloudEvents, in an array or alone. Pure."""

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from localcloud.messages import _

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,7})?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)


class EventError(ValueError):
    """The request holds no events; the text says what it should hold."""


def events_of(body: bytes) -> list[dict[str, Any]]:
    """The events in a request's body; EventError when there is something else in it."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EventError(_("The body is not JSON: {error}").format(error=error)) from error
    events = given if isinstance(given, list) else [given]
    if not events or not all(isinstance(event, dict) and event for event in events):
        raise EventError(_("Send a JSON array of events, or one event: each is an object."))
    return [_checked(event) for event in events]


def validation_code(events: list[dict[str, Any]]) -> str:
    """What to answer to the handshake of a new subscription; EventError when it asks for nothing."""
    for event in events:
        data = event.get("data")
        if isinstance(data, dict) and isinstance(data.get("validationCode"), str):
            return str(data["validationCode"])
    raise EventError(_("A SubscriptionValidation event has data.validationCode."))


def blob_of(event: dict[str, Any]) -> tuple[str, str, str]:
    """Container, name and ETag of the blob that a BlobCreated event tells of; EventError when it tells of none."""
    folder, _slash, name = str(event.get("subject") or "").partition("/blobs/")
    container = folder.removeprefix("/blobServices/default/containers/")
    data = event.get("data")
    etag = str(data.get("eTag") or "").strip('"') if isinstance(data, dict) else ""
    if not name or not container or "/" in container or not etag:
        raise EventError(
            _("A Microsoft.Storage.BlobCreated event has a subject such as {subject}, and data.eTag.").format(
                subject="/blobServices/default/containers/photos/blobs/a.png"
            )
        )
    return container, unquote(name), etag


def _checked(event: dict[str, Any]) -> dict[str, Any]:
    """An event whose times are times: the worker's converter takes nothing else."""
    for name in ("eventTime", "time"):
        if not _is_time(event.get(name)):
            raise EventError(
                _("{name} of an event is a time, such as {example}.").format(name=name, example="2026-01-31T09:30:00Z")
            )
    return event


def _is_time(given: Any) -> bool:
    found = _TIME.fullmatch(given) if isinstance(given, str) else None
    try:
        return given is None or (found is not None and bool(datetime.fromisoformat(found[1])))
    except ValueError:
        return False
