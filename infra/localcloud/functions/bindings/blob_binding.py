"""The blob bindings, plugged into the host."""

import json
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobProperties

from localcloud.messages import _

from ..record import written
from ..worker.values import Value
from .blob_dispatch import FoundBlob, dispatch_of
from .blob_hub import bare, blob_hub_of
from .blob_path import BlobPath, blob_path, blob_pattern
from .blob_receipts import Receipts
from .blob_trigger import BlobListener
from .queue_client import TROUBLE
from .queue_trigger import Arrived, json_datum

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobServiceClient

    from ..invocation import Invocation
    from ..loading.index import FunctionInfo
    from .binding_host import BindingHost

EVENT_GRID = "eventgrid"
TEXT = ("", "STRING", "UNDEFINED")


def listen(host: "BindingHost", function: "FunctionInfo") -> BlobListener:
    """The listener of a blob-triggered function; SettingsError when its connection leads nowhere."""
    hub = blob_hub_of(host)
    by_events = str(function.trigger.get("source") or "").lower() == EVENT_GRID
    return BlobListener(
        function.name,
        blob_pattern(str(function.trigger["path"])),
        hub.service(function.trigger.get("connection")),
        Receipts(hub.service(None), host.id, f"Host.Functions.{function.name}"),
        hub,
        dispatch_of(host),
        _BlobRun(host, function).handle,
        host.say,
        time_scale=host.time_scale,
        scans=not by_events,
    )


async def run_with(host: "BindingHost", function: "FunctionInfo", text: str, reason: str) -> None:
    """Runs a blob-triggered function with the blob `container/name` as it is now; the log says when there is none."""
    try:
        if await _BlobRun(host, function).run(blob_path(text), reason) is None:
            host.say(_("There is no blob '{path}'.").format(path=text), "ERROR")
    except (AzureError, ValueError) as error:
        host.say(_("Blob '{path}' cannot be read: {error}").format(path=text, error=error), "ERROR")


async def found_by_event(
    host: "BindingHost", function: "FunctionInfo", container: str, name: str, etag: str, trace: str | None
) -> str | None:
    """Has a function told of a blob that an event tells of; why that could not be done."""
    pattern, path = blob_pattern(str(function.trigger["path"])), BlobPath(container, name)
    if container != pattern.container or pattern.match(name) is None:
        return None
    try:
        await dispatch_of(host).put(FoundBlob(function.name, path, etag), trace)
    except TROUBLE as error:
        return str(error)
    return None


async def read(invocation: "Invocation", binding: dict[str, Any]) -> Value:
    """What an input binding gives: the blob's content, None when there is no such blob."""
    path = blob_path(str(binding["path"]))
    service = blob_hub_of(invocation.host).service(binding.get("connection"))
    try:
        content, _properties = await _download(service, path)
    except ResourceNotFoundError:
        return Value(None, None)
    return _value(invocation.host, path, binding, content)


async def write(invocation: "Invocation", binding: dict[str, Any], value: Value) -> None:
    """Stores what a function gave, over what was there."""
    path = blob_path(str(binding["path"]))
    hub = blob_hub_of(invocation.host)
    service = hub.service(binding.get("connection"))
    etag = await hub.write(service, path, _content_of(value), invocation.traceparent)
    written(invocation, binding, str(path), blob=str(path), etag=etag)


class _BlobRun:
    """Runs one blob-triggered function."""

    def __init__(self, host: "BindingHost", function: "FunctionInfo") -> None:
        self._host = host
        self._function = function
        self._pattern = blob_pattern(str(function.trigger["path"]))

    async def handle(self, found: FoundBlob, arrived: Arrived) -> bool:
        """Runs it with a version that was found; True when that is settled. One that is gone, or was written over
        since, is settled: the newer version has a message of its own."""
        source = str(self._function.trigger.get("source") or "LogsAndContainerScan")
        reason = f"New blob detected({source}): {found.path}"
        try:
            ok = await self.run(found.path, reason, found, arrived)
        except AzureError as error:
            self._host.say(_("Blob '{path}' cannot be read: {error}").format(path=found.path, error=error), "ERROR")
            return False
        return ok is not False

    async def run(
        self, path: BlobPath, reason: str, found: FoundBlob | None = None, arrived: Arrived | None = None
    ) -> bool | None:
        """Whether the function succeeded; None when there is no such version to run it with."""
        host, trigger = self._host, self._function.trigger
        service = blob_hub_of(host).service(trigger.get("connection"))
        try:
            content, properties = await _download(service, path)
        except ResourceNotFoundError:
            return None
        etag = bare(properties.etag)
        if found and found.etag != etag:
            return None
        data = metadata_of(path, properties, service.get_blob_client(path.container, path.name).url)
        data = {**(self._pattern.match(path.name) or {}), **data}
        result = await host.invoke(
            self._function,
            {trigger["name"]: _value(host, path, trigger, content)},
            {name: Value(*json_datum(value)) for name, value in data.items()},
            reason=reason,
            details=arrived.details if arrived else "",
            trace=blob_hub_of(host).trace_of(path, etag),
            data=data,
            source={
                "blob": str(path),
                "etag": etag,
                "dequeue_count": arrived.source["dequeue_count"] if arrived else 1,
            },
        )
        return result.ok


def metadata_of(path: BlobPath, properties: BlobProperties, uri: str) -> dict[str, Any]:
    """The trigger metadata beside the path's own parameters."""
    settings = properties.content_settings
    return {
        "BlobTrigger": str(path),
        "Uri": uri,
        "Properties": {
            "BlobType": 0,
            "ContentLength": properties.size,
            "ContentType": settings.content_type,
            "ContentEncoding": settings.content_encoding,
            "CacheControl": settings.cache_control,
            "ETag": f'"{bare(properties.etag)}"',
            "LastModified": properties.last_modified.isoformat(),
            "CreatedOn": properties.creation_time.isoformat(),
        },
        "Metadata": json.loads(json.dumps(properties.metadata or {})),
    }


async def _download(service: "BlobServiceClient", path: BlobPath) -> tuple[bytes, BlobProperties]:
    stream = await service.get_blob_client(path.container, path.name).download_blob()
    return await stream.readall(), stream.properties


def _value(host: "BindingHost", path: BlobPath, binding: dict[str, Any], content: bytes) -> Value:
    value = _value_of(content, binding.get("dataType"))
    if _is_spoilt(content, value):
        host.say(
            _(
                "Blob '{path}' is not UTF-8 text, and '{name}' gets it as text, with U+FFFD for what is not. "
                'Add data_type="BINARY" to the binding, as on Azure.'
            ).format(path=path, name=binding["name"]),
            "WARNING",
        )
    return value


def _value_of(content: bytes, data_type: Any) -> Value:
    """Bytes for BINARY and STREAM; text otherwise, as in Azure: what is not UTF-8 becomes U+FFFD."""
    if str(data_type or "").upper() not in TEXT:
        return Value("bytes", content)
    return Value("string", content.decode("utf-8-sig", "replace"))


def _is_spoilt(content: bytes, value: Value) -> bool:
    """Whether text that the function gets is not what the blob holds."""
    return value.type == "string" and "\ufffd" in value.value and "\ufffd".encode() not in content


def _content_of(value: Value) -> bytes:
    """The bytes to store."""
    if isinstance(value.value, bytes):
        return value.value
    return (value.value if isinstance(value.value, str) else json.dumps(value.value)).encode()
