from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

Refused = Callable[[Awaitable[Any]], Awaitable[str]]


@pytest.fixture
def refused() -> Refused:
    """`await refused(client.method(...))`: Slack's word for why not; HTTP says 200 all the same."""

    async def word(call: Awaitable[Any]) -> str:
        with pytest.raises(SlackApiError) as caught:
            await call
        assert caught.value.response.status_code == 200
        error: str = caught.value.response["error"]
        return error

    return word
