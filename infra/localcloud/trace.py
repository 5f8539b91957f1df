"""W3C trace context: one trace id follows a message through every service (https://www.w3.org/TR/trace-context/)."""

import re
import secrets

_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")


def new_traceparent(trace_id: str | None = None) -> str:
    """A `traceparent` header value with a new span, in `trace_id` (32 hex digits) or in a trace of its own."""
    return f"00-{trace_id or secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def trace_id_of(traceparent: str | None) -> str | None:
    """The trace id in a `traceparent` header value; None when it is missing or malformed."""
    found = _TRACEPARENT.match(traceparent or "")
    return found.group(1) if found and found.group(1) != "0" * 32 else None


def span_id_of(traceparent: str | None) -> str | None:
    """The span id (the sender's) in a `traceparent` header value; None when it is missing or malformed."""
    found = _TRACEPARENT.match(traceparent or "")
    return found.group(2) if found and found.group(2) != "0" * 16 else None
