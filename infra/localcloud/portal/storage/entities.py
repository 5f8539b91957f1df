"""Entities as JSON and back, with the types that JSON lacks beside them as Azure writes them: `age@odata.type`."""

import base64
import json
import math
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from localcloud.messages import _

from ..guard import Refused

TYPE = "@odata.type"
INT32 = range(-(2**31), 2**31)
INT64 = range(-(2**63), 2**63)


def json_of(entity: Mapping[str, Any]) -> dict[str, Any]:
    """An entity of the SDK as JSON that `entity_of` takes back unchanged."""
    found: dict[str, Any] = {}
    for name, value in entity.items():
        plain, kind = _plain(value)
        found[name] = plain
        if kind:
            found[name + TYPE] = kind
    return found


def _plain(value: Any) -> tuple[Any, str | None]:
    if isinstance(value, datetime):
        told = getattr(value, "_service_value", None) or value.astimezone(timezone.utc).isoformat()
        return str(told), "Edm.DateTime"
    if isinstance(value, UUID):
        return str(value), "Edm.Guid"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode(), "Edm.Binary"
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN"), "Edm.Double"
    if isinstance(value, float):
        return value, "Edm.Double" if value.is_integer() else None
    if isinstance(value, tuple):  # the SDK's EntityProperty: an Edm.Int64, which JSON's numbers do not hold
        return str(value[0]), str(getattr(value[1], "value", value[1]))
    return value, None


def entity_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The SDK's entity for a JSON object; Refused with a sentence when it is none."""
    for name in ("PartitionKey", "RowKey"):
        if not isinstance(given.get(name), str):
            raise Refused(400, _("An entity needs a {name}, a text.").format(name=name))
    found: dict[str, Any] = {}
    for name, value in given.items():
        if not name.endswith(TYPE) and not name.startswith("odata."):
            found[name] = _value(name, value, given.get(name + TYPE))
    return found


def _value(name: str, value: Any, kind: Any) -> Any:
    if value is None or isinstance(value, dict | list):
        text = _("The property {name} is {value}: a table holds texts, numbers and truth values only.")
        raise Refused(400, text.format(name=name, value=json.dumps(value)[:60]))
    if kind is None:
        return _number(name, value) if isinstance(value, int) and not isinstance(value, bool) else value
    try:
        return _READ[str(kind)](value)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        text = _("The property {name} is no {kind}: {value}.")
        raise Refused(400, text.format(name=name, kind=str(kind)[:40], value=json.dumps(value)[:60])) from None


def _number(name: str, value: int) -> Any:
    """An Edm.Int32, or an Edm.Int64 for one that is too large for it."""
    if value in INT32:
        return value
    try:
        return _int64(value)
    except ValueError:
        raise Refused(400, _("The number {name} is too large.").format(name=name)) from None


def _int64(value: Any) -> Any:
    from azure.data.tables import EdmType, EntityProperty

    number = int(value)
    if number not in INT64:
        raise ValueError(value)
    return EntityProperty(number, EdmType.INT64)


def _moment(value: str) -> datetime:
    found = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _int32(value: Any) -> int:
    if int(value) not in INT32:
        raise ValueError(value)
    return int(value)


_READ: dict[str, Any] = {
    "Edm.String": str,
    "Edm.Int32": _int32,
    "Edm.Int64": _int64,
    "Edm.Double": float,
    "Edm.Boolean": {True: True, False: False}.__getitem__,
    "Edm.DateTime": _moment,
    "Edm.Guid": UUID,
    "Edm.Binary": lambda value: base64.b64decode(value, validate=True),
}
