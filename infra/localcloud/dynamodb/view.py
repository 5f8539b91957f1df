"""What a check sees of DynamoDB: every request that was made, and what each would cost on AWS."""

from collections.abc import Awaitable, Callable

from localcloud.cloud import View

from .meter import Call, Meter


class DynamoDb(View):
    """One run's own account; `open` it first."""

    def __init__(self, meter: Callable[[], Awaitable[Meter]]) -> None:
        self._made = meter
        self._meter: Meter

    async def open(self) -> "DynamoDb":
        """Starts the account unless it runs."""
        self._meter = await self._made()
        return self

    @property
    def url(self) -> str:
        """Where clients find it."""
        return self._meter.url

    @property
    def mark(self) -> int:
        """Up to where requests have been made: `calls` has those from there on."""
        return len(self._meter.calls)

    def calls(self, since: int) -> list[Call]:
        return self._meter.calls[since:]

    def measure(self, on: bool) -> None:
        """Whether requests are measured; those that are not are faster, and cost nothing."""
        self._meter.measuring = on

    async def tables(self) -> list[str]:
        """The names of all tables that there are."""
        return await self._meter.tables()
