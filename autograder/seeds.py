"""Seeds of random inputs."""

import secrets

SEEDS = 1_000_000


def new_seed() -> int:
    """A seed short enough to type."""
    return secrets.randbelow(SEEDS)
