"""What the SQL tests share: the complete answer of a query over a few documents at a fixed moment."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from localcloud.cosmos.sql import compile, parse

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=timezone.utc)


def answers_of(text: str, documents: Any = (), **parameters: Any) -> list[Any]:
    """The answers of a query; parameters without their `@`."""
    program = compile(parse(text), {f"@{name}": value for name, value in parameters.items()}, NOW)
    return list(program.evaluate(documents))


@pytest.fixture(scope="session")
def answers() -> Callable[..., list[Any]]:
    """`answers_of`."""
    return answers_of
