"""Who may do what: the learner's token reads and writes, a token of a run reads one repository."""

import base64
import binascii
import hmac
import random
import string
from collections.abc import Mapping
from dataclasses import dataclass

LOGIN = "camp"  # the learner's
ALPHABET = string.ascii_letters + string.digits
LENGTH = 36
MOST_READ_TOKENS = 2_000


@dataclass(frozen=True)
class Access:
    """Whose token it is."""

    login: str
    writes: bool
    repository: str | None = None  # the only one that it reads


class Tokens:
    """The tokens of one forge."""

    def __init__(self, login: str, token: str | None, rng: random.Random) -> None:
        self._rng = rng
        self.owner = token or self._new("ghp_")
        self._login = login
        self._readers: dict[str, str] = {}

    def read(self, repository: str) -> str:
        """A new token that reads this repository alone."""
        token = self._new("ghs_")
        self._readers[token] = repository.casefold()
        while len(self._readers) > MOST_READ_TOKENS:
            del self._readers[next(iter(self._readers))]
        return token

    def _new(self, prefix: str) -> str:
        return prefix + "".join(self._rng.choice(ALPHABET) for _each in range(LENGTH))

    def access(self, headers: Mapping[str, str]) -> Access | None:
        """What the token of a request allows; None when there is none, or a wrong one."""
        token = given(headers.get("Authorization", ""))
        if hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self.owner.encode()):
            return Access(self._login, writes=True)
        if token in self._readers:
            return Access("github-actions[bot]", writes=False, repository=self._readers[token])
        return None


def given(header: str) -> str:
    """The token in an `Authorization` header: `Bearer`, `token`, or the password of `Basic`."""
    scheme, _space, value = header.partition(" ")
    if scheme.casefold() in ("bearer", "token"):
        return value.strip()
    if scheme.casefold() != "basic":
        return ""
    try:
        name, _colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return name if password in ("", "x-oauth-basic") else password
