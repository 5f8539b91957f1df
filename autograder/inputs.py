"""What every check has: random inputs that a seed decides, a note of what was sent last, and what was measured."""

import random
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.sent import Sent

SEEDS = 1_000_000
FIRST_NAMES = ("aiko", "björn", "chloé", "dmytro", "efua", "学", "ジョン", "zoë", "маша", "nour", "łukasz", "さくら")


class Inputs:
    """`sent` is what was sent or asked last, for the learner to read; `sent_request` is it, where it was one;
    `measured` is worth reading even where the check passes."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.sent: str | None = None
        self.sent_request: Sent | None = None
        self.measured: str | None = None

    def name(self) -> str:
        """A user name nobody can know beforehand, often with letters beyond ASCII."""
        return f"{self.rng.choice(FIRST_NAMES)}{self.rng.randrange(10_000)}"

    def word(self, length: int = 8) -> str:
        """A random lower-case word."""
        return "".join(self.rng.choice("abcdefghijklmnopqrstuvwxyz") for _letter in range(length))

    def note(self, sent: str, request: "Sent | None" = None) -> None:
        """Remembers what was sent last, for the learner to read; `say` and `post` do it by themselves."""
        self.sent = sent
        self.sent_request = request


def new_seed() -> int:
    """A seed short enough to type."""
    return secrets.randbelow(SEEDS)
