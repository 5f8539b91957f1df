"""Secrets that are known by their form, wherever they stand: account keys, tokens, signatures, private keys.

The forms of AWS, Slack, Azure storage and private keys come from detect-secrets; its plugins alone are used, never its
verification, which would send what it found to the service.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from localcloud.messages import _

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

PUBLISHED = (  # Microsoft prints these keys of its emulators: they open nothing but a laptop
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",  # Cosmos DB
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoMGGw==",  # Azurite
)
LEAST_DIGITS = 6  # a word of a language has fewer
LONGEST_JWT = 8_000

# Each is bounded or has one way to match, so that no line takes long.
KEY = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==")
PART = re.compile(r"(?i)\b(?:AccountKey|SharedAccessKey)\s{0,9}=\s{0,9}([A-Za-z0-9+/]{16,}={0,2})")
PASSWORD_PART = re.compile(r"(?i);\s{0,9}(?:Password|Pwd)\s{0,9}=\s{0,9}([^;\s\"'{}<>$%]{8,100})")
SAS = re.compile(r"(?i)\bsig=([A-Za-z0-9+/%]{40,120}={0,2})")
SLACK = re.compile(r"\bxox[a-z]-[\w-]{10,}")
JWT = re.compile(r"(?<![\w.=+/-])eyJ[\w.=+/-]{20,}")
PEM_BODY = re.compile(r"-{5}[\s\\nr\"'+()#]{0,80}[A-Za-z0-9+/=]{30}")


def secret_by_form(text: str) -> tuple[str, str] | None:
    """What kind of secret stands in the text, and the secret; None for none."""
    if match := KEY.search(text):
        return (_("an emulator's key") if match[0] in PUBLISHED else _("an account key")), match[0]
    if match := PART.search(text):
        return _("an account key"), match[1]
    for match in SLACK.finditer(text):
        if sum(char.isdigit() for char in match[0]) >= LEAST_DIGITS:
            return _("a Slack token"), match[0]
    if match := PASSWORD_PART.search(text):
        return _("a password"), match[1]
    if match := SAS.search(text):
        return _("a shared access signature"), match[1]
    return next(_well_known(text), None)


def private_keys(text: str) -> Iterator[tuple[int, str]]:
    """Where private keys begin in a whole text: a header with a key behind it; a header alone is none."""
    at = 0
    for header in _plugins()["private key"].analyze_string(text):
        at = text.index(header, at) + len(header)
        if PEM_BODY.match(text, at):
            yield at, header


def _well_known(text: str) -> Iterator[tuple[str, str]]:
    for what, name in ((_("an AWS key"), "aws"), (_("a Slack address"), "slack"), (_("an account key"), "azure")):
        for found in _plugins()[name].analyze_string(text):
            if not found.endswith("EXAMPLE") and sum(char.isdigit() for char in found) >= 2:  # AWS prints an example
                yield what, found
    for match in JWT.finditer(text):
        word = match[0].rstrip(".")
        if "." in word and len(word) <= LONGEST_JWT and _jwt_is_valid(word):
            yield _("a web token"), word


@cache
def _plugins() -> "dict[str, BasePlugin]":
    """Imported when first needed: it brings `requests`, which takes a while."""
    from detect_secrets.plugins.aws import AWSKeyDetector
    from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
    from detect_secrets.plugins.private_key import PrivateKeyDetector
    from detect_secrets.plugins.slack import SlackDetector

    return {
        "aws": AWSKeyDetector(),
        "azure": AzureStorageKeyDetector(),
        "private key": PrivateKeyDetector(),
        "slack": SlackDetector(),
    }


def _jwt_is_valid(word: str) -> bool:
    """Whether its parts are JSON in base64. (The plugin's own search would take quadratic time on a long line.)"""
    from detect_secrets.plugins.jwt import JwtTokenDetector

    return JwtTokenDetector.is_formally_valid(word)
