"""The storage page's JSON API, under `api/storage/`: blobs and tables."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from localcloud.messages import _

from ..body import read_body, text_of
from ..guard import Refused
from .blobs import Blobs
from .tables import Tables

CONTAINER = re.compile(r"\$(?:root|web|logs)|(?=.{3,63}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
TABLE = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")
KIND = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}(?:; ?charset=[\w-]{1,20})?", re.ASCII)
MOST_UPLOADED = 64 * 1024 * 1024
MOST_NAME = 1024
MOST_FILTER = 4_000
A_PART = 64 * 1024


class StorageApi:
    """Reads requests, has blobs and tables act, and answers."""

    def __init__(self, blobs: Blobs, tables: Tables) -> None:
        self._blobs = blobs
        self._tables = tables

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/storage", self.state),
            web.post("/api/storage/containers", self.create_container),
            web.get("/api/storage/blobs", self.blobs),
            web.get("/api/storage/blob", self.look),
            web.get("/api/storage/blob/image", self.image),
            web.get("/api/storage/blob/content", self.download, allow_head=False),
            web.post("/api/storage/blob/content", self.upload),
            web.post("/api/storage/blob/delete", self.delete_blob),
            web.post("/api/storage/tables", self.create_table),
            web.get("/api/storage/entities", self.entities),
            web.post("/api/storage/entities/add", self.add),
            web.post("/api/storage/entities/replace", self.replace),
            web.post("/api/storage/entities/delete", self.delete_entity),
        ]

    async def close(self) -> None:
        """Keeps nothing open."""

    async def state(self, _request: web.Request) -> web.Response:
        """The names of all containers and tables."""
        return web.json_response({"containers": await self._blobs.containers(), "tables": await self._tables.all()})

    async def create_container(self, request: web.Request) -> web.Response:
        name = container_of(await read_body(request))
        await self._blobs.create(name)
        return web.json_response({"container": name}, status=201)

    async def blobs(self, request: web.Request) -> web.Response:
        """Of `container`: a page of blobs whose names begin with `prefix`, from `after` on."""
        query = request.query
        page = await self._blobs.page(container_of(query), query.get("prefix", "")[:MOST_NAME], query.get("after"))
        return web.json_response(page)

    async def look(self, request: web.Request) -> web.Response:
        return web.json_response(await self._blobs.look(container_of(request.query), blob_of(request.query)))

    async def image(self, request: web.Request) -> web.Response:
        found = await self._blobs.image(container_of(request.query), blob_of(request.query))
        if found is None:
            raise Refused(404, _("That blob is no image that can be shown."))
        return web.Response(body=found[0], content_type=found[1], headers={"Cache-Control": "no-store"})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The blob as a file, never as a page of ours: what it holds is not to be trusted."""
        container, name = container_of(request.query), blob_of(request.query)
        size = await self._blobs.size(container, name)
        file = quote(name.rsplit("/", 1)[-1] or "blob", safe="")
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Disposition": f"attachment; filename*=UTF-8''{file}",
                "Content-Length": str(size),
                "Cache-Control": "no-store",
            }
        )
        await response.prepare(request)
        try:
            async for part in self._blobs.content(container, name):
                await response.write(part)
        except Refused:  # too late for a sentence: the browser sees that the file is cut
            if request.transport:
                request.transport.abort()
        return response

    async def upload(self, request: web.Request) -> web.Response:
        """The body is the content of `name` in `container`; its Content-Type is the blob's."""
        container, name, size = container_of(request.query), blob_of(request.query), request.content_length
        if size is None or size > MOST_UPLOADED:
            raise Refused(413, _("A blob that is put up here has at most {most} MB.").format(most=MOST_UPLOADED >> 20))
        kind = request.headers.get("Content-Type", "")
        await self._blobs.upload(
            container, name, kind if KIND.fullmatch(kind) else "application/octet-stream", _parts(request), size
        )
        return web.json_response({}, status=201)

    async def delete_blob(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        await self._blobs.delete(container_of(body), blob_of(body))
        return web.json_response({})

    async def create_table(self, request: web.Request) -> web.Response:
        name = table_of(await read_body(request))
        await self._tables.create(name)
        return web.json_response({"table": name}, status=201)

    async def entities(self, request: web.Request) -> web.Response:
        """Of `table`: a page of the entities that `filter` (OData) selects, from `after` on."""
        query = request.query
        wanted = query.get("filter", "").strip()
        if len(wanted) > MOST_FILTER:
            raise Refused(400, _("That is too long."))
        return web.json_response(await self._tables.page(table_of(query), wanted, query.get("after")))

    async def add(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        await self._tables.add(table_of(body), entity_in(body))
        return web.json_response({}, status=201)

    async def replace(self, request: web.Request) -> web.Response:
        """`table`, `entity`, and the `etag` of the one that it replaces."""
        body = await read_body(request)
        await self._tables.replace(table_of(body), entity_in(body), text_of(body, "etag"))
        return web.json_response({})

    async def delete_entity(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        await self._tables.delete(table_of(body), text_of(body, "partitionKey"), text_of(body, "rowKey"))
        return web.json_response({})


async def _parts(request: web.Request) -> AsyncIterator[bytes]:
    while part := await request.content.read(A_PART):
        yield part


def container_of(given: Mapping[str, Any]) -> str:
    name = text_of(given, "container")
    if not CONTAINER.fullmatch(name):
        sentence = _("A container's name has 3 to 63 lower-case letters, digits and single dashes between them.")
        raise Refused(400, sentence)
    return name


def blob_of(given: Mapping[str, Any]) -> str:
    name = text_of(given, "name")
    if not 0 < len(name) <= MOST_NAME or not name.isprintable():
        raise Refused(400, _("A blob's name has 1 to {most} characters.").format(most=MOST_NAME))
    if {".", ".."} & set(name.split("/")):
        raise Refused(400, _("No part of a blob's name between slashes may be . or .., which URLs leave out."))
    return name


def table_of(given: Mapping[str, Any]) -> str:
    name = text_of(given, "table")
    if not TABLE.fullmatch(name):
        raise Refused(400, _("A table's name has 3 to 63 letters and digits, and begins with a letter."))
    return name


def entity_in(body: Mapping[str, Any]) -> Mapping[str, Any]:
    entity = body.get("entity")
    if not isinstance(entity, dict):
        raise Refused(400, _("An entity is a JSON object."))
    return entity
