"""Ids and timestamps that look like Slack's."""

import random
import secrets
import string
import time
import uuid
from collections.abc import Callable

ALPHABET = string.ascii_uppercase + string.digits


def new_trace() -> str:
    """A trace id, which nobody else has: 32 hex digits."""
    return secrets.token_hex(16)


class Ids:
    """New ids from a random generator; timestamps that only ever grow."""

    def __init__(self, rng: random.Random, clock: Callable[[], float] = time.time) -> None:
        self._rng = rng
        self._clock = clock
        self._last = 0

    def new(self, prefix: str) -> str:
        """Such as `U0A1B2C3D4` for the prefix `U`."""
        return prefix + "0" + "".join(self._rng.choice(ALPHABET) for _letter in range(9))

    def token(self, length: int = 24) -> str:
        return "".join(self._rng.choice(ALPHABET + ALPHABET.lower()) for _letter in range(length))

    def client_msg_id(self) -> str:
        """A random UUID, as Slack's clients make one for each message."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def ts(self) -> str:
        """`1700000000.000100`: seconds and microseconds, unique in this workspace."""
        self._last = max(self._last + 1, int(self._clock() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
