"""Slack's signature."""

import os

import azure.functions as func
from slack_sdk.signature import SignatureVerifier

verifier = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"])


def signed(req: func.HttpRequest) -> bool:
    stamp, signature = (req.headers.get(name, "") for name in ("x-slack-request-timestamp", "x-slack-signature"))
    return stamp.isdecimal() and verifier.is_valid(body=req.get_body(), timestamp=stamp, signature=signature)
