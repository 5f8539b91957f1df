"""What is delivered to an app: a body, its headers with Slack's signature, and what it is about."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from multidict import CIMultiDict

from localcloud.trace import new_traceparent

from .model import SlackApp

STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"  # the headers
USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Parcel:
    """A body for a URL. `headers` go over the usual ones (None takes one away); `timestamp` (seconds) and `secret`
    replace now and the app's own in the signature; `trace` is a trace id."""

    app: SlackApp
    kind: str
    url: str
    body: bytes
    content_type: str
    trace: str
    signed: bool = True
    event_id: str | None = None
    event_type: str | None = None
    channel: str | None = None
    message_ts: str | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    timestamp: int | None = None
    secret: str | None = None

    def all_headers(self, number: int = 0, reason: str | None = None) -> "CIMultiDict[str]":
        """The headers of attempt `number` (0 is the first), which is made for `reason`."""
        found = CIMultiDict({"User-Agent": USER_AGENT, "Content-Type": self.content_type, "Accept": "*/*"})
        found["traceparent"] = new_traceparent(self.trace)
        if self.signed:
            stamp = str(int(time.time()) if self.timestamp is None else self.timestamp)
            found[STAMP] = stamp
            found[SIGNATURE] = signature(self.secret or self.app.signing_secret, stamp, self.body)
        if number:
            found["X-Slack-Retry-Num"] = str(number)
            found["X-Slack-Retry-Reason"] = reason or "unknown_error"
        for name, value in self.headers.items():
            found.popall(name, None)
            if value is not None:
                found[name] = value
        return found


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's request signature: `v0=` and the hex HMAC-SHA256 of `v0:<timestamp>:<body>`.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
