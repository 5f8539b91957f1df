"""Identity tokens of the local GitHub (OIDC): it signs them with a key that it shares with the local Azure.

GitHub signs with RS256 and publishes its keys; here both ends are ours, so HS256 with `Credentials.oidc_key` will do.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from localcloud.messages import _

ISSUER = "https://token.actions.githubusercontent.com"
AUDIENCE = "api://AzureADTokenExchange"


class AssertionRefused(Exception):
    """An identity token is not taken: `code` is the number of Entra's error, the text its words."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def signed(claims: Mapping[str, Any], key: str) -> str:
    """A JSON web token."""
    head = {"alg": "HS256", "typ": "JWT"}
    body = ".".join(_packed(json.dumps(part).encode()) for part in (head, claims))
    return f"{body}.{_mac(body, key)}"


def subject_of(token: str, key: str, now: float) -> str:
    """Whom a token of the local GitHub speaks for; AssertionRefused."""
    body, _dot, mac = token.rpartition(".")
    try:
        claims = json.loads(_unpacked(body.split(".")[1]))
    except (ValueError, IndexError) as error:
        raise AssertionRefused(50027, "AADSTS50027: JWT token is invalid or malformed.") from error
    if not isinstance(claims, dict) or not hmac.compare_digest(mac.encode(), _mac(body, key).encode()):
        text = _("AADSTS700027: Client assertion failed signature validation: it is no token of the local GitHub.")
        raise AssertionRefused(700027, text)
    if not isinstance(claims.get("exp"), int) or claims["exp"] < now:
        raise AssertionRefused(700024, "AADSTS700024: Client assertion is not within its valid time range.")
    subject, audience = str(claims.get("sub")), claims.get("aud")
    if claims.get("iss") != ISSUER or audience != AUDIENCE or not subject.startswith("repo:"):
        words = (
            "AADSTS700213: No matching federated identity record found for presented assertion subject '{subject}', "
            "issuer '{issuer}', audience '{audience}'."
        )
        raise AssertionRefused(700213, words.format(subject=subject, issuer=claims.get("iss"), audience=audience))
    return subject


def _mac(body: str, key: str) -> str:
    return _packed(hmac.new(key.encode(), body.encode(), hashlib.sha256).digest())


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
