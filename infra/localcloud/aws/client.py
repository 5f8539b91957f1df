"""A small asynchronous client of the local AWS, in the JSON protocol that SQS and DynamoDB share.

boto3 would block the event loop and bring 40 MB. Requests name service and region as signed ones do, but carry no
signature: nothing on this laptop checks one.
"""

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

TARGETS = {"sqs": "AmazonSQS", "dynamodb": "DynamoDB_20120810"}
SECONDS_TO_ANSWER = 10.0


class AwsError(RuntimeError):
    """The service refused; `code` is AWS's name for why, such as `QueueDoesNotExist`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class AwsUnreachable(RuntimeError):
    """Nothing answers at the endpoint, or what answers is no AWS."""


class AwsClient:
    """Use it in an `async with` block, or `close` it."""

    def __init__(self, endpoint: str, region: str) -> None:
        self.endpoint = endpoint.rstrip("/")
        self.region = region
        self._session: aiohttp.ClientSession | None = None

    async def sqs(self, action: str, *, seconds: float = SECONDS_TO_ANSWER, **parameters: Any) -> dict[str, Any]:
        """One call of SQS, such as `sqs("SendMessage", QueueUrl=..., MessageBody=...)`; AwsError, AwsUnreachable."""
        return await self._call("sqs", action, parameters, seconds)

    async def dynamodb(self, action: str, **parameters: Any) -> dict[str, Any]:
        """One call of DynamoDB; AwsError, AwsUnreachable."""
        return await self._call("dynamodb", action, parameters, SECONDS_TO_ANSWER)

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> "AwsClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _call(self, service: str, action: str, parameters: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        import aiohttp  # 13 MB: reading the labs does without

        scope = f"local/20260101/{self.region}/{service}/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"{TARGETS[service]}.{action}",
        }
        self._session = self._session or aiohttp.ClientSession()
        limit = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.post(
                self.endpoint, data=json.dumps(parameters).encode(), headers=headers, timeout=limit
            ) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise AwsUnreachable(f"{self.endpoint}: {error or type(error).__name__}") from error
        return _answer(status, body)


def _answer(status: int, body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body or b"{}")
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise AwsUnreachable(f"status {status}: {body[:200].decode('utf-8', 'replace')}")
    if status >= 400:
        code = str(answer.get("__type", status)).rpartition("#")[2]
        raise AwsError(code, str(answer.get("message") or answer.get("Message") or ""))
    return answer
