"""Running a function by hand (`POST /admin/functions/<name>`): a text stands for what would have triggered it."""

import json
from typing import TYPE_CHECKING, Any

from .bindings.expressions import body_members, http_data
from .worker.values import Value

if TYPE_CHECKING:
    from .host import FunctionsHost
    from .loading.index import FunctionInfo

REASON = "This function was programmatically called via the host APIs."


async def run_by_hand(host: "FunctionsHost", function: "FunctionInfo", text: str) -> None:
    """Runs it as if `text` had triggered it: a message's body, an event's JSON, or a blob's `container/name`."""
    kind = str(function.trigger["type"]).lower()
    if kind == "blobtrigger":
        from .bindings.blob_binding import run_with

        await run_with(host, function, text, REASON)
        return
    value, metadata, data = _given(kind, text, f"{host.base_url}/{function.route}")
    await host.invoke(function, {function.trigger["name"]: value}, metadata, reason=REASON, data=data)


def _given(kind: str, text: str, url: str) -> tuple[Value, dict[str, Value], dict[str, Any]]:
    """The trigger's value, its metadata, and what expressions may name."""
    if kind == "httptrigger":
        parts = {"method": "POST", "url": url, "headers": {}, "query": {}, "params": {}, "body": text.encode()}
        return Value("http", parts), {}, http_data({}, {}, {}, text)
    if kind == "queuetrigger":
        known = {
            "Id": Value("string", "admin"),
            "DequeueCount": Value("json", "1"),
            "QueueTrigger": Value("string", text),
        }
        data = {**body_members(text), "QueueTrigger": text, "Id": "admin", "DequeueCount": 1}
        return Value("string", text), known, data
    if kind == "timertrigger":
        past_due = json.dumps({"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False})
        return Value("json", text if body_members(text) else past_due), {}, {}
    return (
        Value("json" if kind in ("eventgridtrigger", "warmuptrigger") else "string", text or "{}"),
        {},
        body_members(text),
    )
