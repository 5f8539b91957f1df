"""Slack's request signature, version `v0` (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""

import hashlib
import hmac

STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"  # the headers


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`v0=` and the hex HMAC-SHA256 of `v0:<timestamp>:<body>`."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
