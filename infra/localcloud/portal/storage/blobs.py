"""The blobs of the camp: containers, what is in them, and a look at it."""

import json
from collections.abc import AsyncIterable, AsyncIterator
from typing import TYPE_CHECKING, Any

from .account import BLOBS, Account, asked, seconds

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties
    from azure.storage.blob.aio import BlobClient

MOST_CONTAINERS = 500
A_PAGE = 100
SHOWN_BYTES = 256 * 1024
SHOWN_IMAGE_BYTES = 2 * 1024 * 1024
IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"RIFF": "image/webp",
    b"BM": "image/bmp",
}


class Blobs:
    """Acts on the blobs of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def containers(self) -> list[str]:
        async with asked(BLOBS):
            return [one.name async for one in self._account.blobs.list_containers()][:MOST_CONTAINERS]

    async def create(self, container: str) -> None:
        async with asked(BLOBS):
            await self._account.blobs.create_container(container)

    async def page(self, container: str, prefix: str, after: str | None) -> dict[str, Any]:
        """The blobs whose names begin with `prefix`, from `after` on; `next` is where it goes on."""
        async with asked(BLOBS):
            client = self._account.blobs.get_container_client(container)
            pages = client.list_blobs(name_starts_with=prefix or None, results_per_page=A_PAGE).by_page(after)
            try:
                blobs = [_facts(one) async for one in await anext(pages)]
            except StopAsyncIteration:
                blobs = []
        return {"blobs": blobs, "next": getattr(pages, "continuation_token", None) or None}

    async def look(self, container: str, name: str) -> dict[str, Any]:
        """The beginning of a blob as text or JSON; for an image that it is one; else that it is neither."""
        async with asked(BLOBS):
            client = self._blob(container, name)
            facts = _facts(await client.get_blob_properties())
            content = await _first(client, facts["size"], SHOWN_BYTES)
        cut = facts["size"] > len(content)
        if image_type(content):
            return {**facts, "kind": "image" if facts["size"] <= SHOWN_IMAGE_BYTES else "large"}
        text = text_of(content, cut)
        if text is None:
            return {**facts, "kind": "binary"}
        pretty = None if cut else indented(text)
        return {**facts, "kind": "json" if pretty else "text", "text": pretty or text, "cut": cut}

    async def image(self, container: str, name: str) -> tuple[bytes, str] | None:
        """An image and its type, told by its first bytes alone; None when it is none, or too large."""
        async with asked(BLOBS):
            client = self._blob(container, name)
            size = (await client.get_blob_properties()).size
            content = await _first(client, size, SHOWN_IMAGE_BYTES)
        kind = image_type(content)
        return (content, kind) if kind and size <= SHOWN_IMAGE_BYTES else None

    async def size(self, container: str, name: str) -> int:
        async with asked(BLOBS):
            return int((await self._blob(container, name).get_blob_properties()).size)

    async def content(self, container: str, name: str) -> AsyncIterator[bytes]:
        """A blob as it comes."""
        async with asked(BLOBS):
            async for part in (await self._blob(container, name).download_blob()).chunks():
                yield part

    async def upload(self, container: str, name: str, kind: str, content: AsyncIterable[bytes], size: int) -> None:
        """A new blob, or a new content of one."""
        async with asked(BLOBS):
            from azure.storage.blob import ContentSettings

            await self._blob(container, name).upload_blob(
                content, length=size, overwrite=True, content_settings=ContentSettings(content_type=kind)
            )

    async def delete(self, container: str, name: str) -> None:
        async with asked(BLOBS):
            await self._blob(container, name).delete_blob()

    def _blob(self, container: str, name: str) -> "BlobClient":
        return self._account.blobs.get_blob_client(container, name)


async def _first(client: "BlobClient", size: int, most: int) -> bytes:
    if not size:
        return b""
    return bytes(await (await client.download_blob(offset=0, length=min(size, most))).readall())


def _facts(blob: "BlobProperties") -> dict[str, Any]:
    return {
        "name": blob.name,
        "size": blob.size,
        "type": blob.content_settings.content_type,
        "modified": seconds(blob.last_modified),
    }


def image_type(content: bytes) -> str | None:
    """The type of an image by its first bytes; SVG is none here, for it may hold scripts."""
    kind = next((kind for start, kind in IMAGES.items() if content.startswith(start)), None)
    return None if kind == "image/webp" and content[8:12] != b"WEBP" else kind


def text_of(content: bytes, cut: bool) -> str | None:
    """UTF-8 text without control characters; None when it is none. A cut content may end within a character."""
    try:
        text = content.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        if not cut or error.start < len(content) - 3:
            return None
        text = content[: error.start].decode()
    return None if any(char < " " and char not in "\t\n\r\f\x1b" for char in text) else text


def indented(text: str) -> str | None:
    """A JSON object or array over several lines; None when the text is neither."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict | list) else None
