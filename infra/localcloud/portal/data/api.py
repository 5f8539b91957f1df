"""The Data Explorer's JSON API, under `api/data/`: databases, containers, documents and queries."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from localcloud.messages import _

from ..body import optional_text, read_body, text_of
from ..guard import Refused
from .account import CosmosAccount
from .databases import Databases
from .documents import Documents, read_json
from .queries import Queries

FORBIDDEN = re.compile(r"[/\\?#\x00-\x1f]")
MOST_BODY = 12 * 1024 * 1024
MOST_NAME = 255
MOST_ID = 1023
MOST_QUERY = 512 * 1024
MOST_KEYS = 3
MOST_PARTITIONS = 100
PARAMETER = re.compile(r"@[^\W\d]\w*")
THROUGHPUTS = {"manual": range(100, 1_000_001), "autoscale": range(1_000, 1_000_001)}


class DataApi:
    """Reads requests, has databases, documents and queries act, and answers."""

    def __init__(self, account: CosmosAccount) -> None:
        self._account = account
        self._databases = Databases(account)
        self._documents = Documents(account)
        self._queries = Queries(account)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/data", self.state),
            web.post("/api/data/containers", self.create),
            web.post("/api/data/containers/delete", self.delete),
            web.get("/api/data/documents", self.documents),
            web.get("/api/data/document", self.read),
            web.post("/api/data/documents/add", self.add),
            web.post("/api/data/documents/replace", self.replace),
            web.post("/api/data/documents/delete", self.delete_document),
            web.post("/api/data/query", self.query),
            web.post("/api/data/query/more", self.more),
        ]

    async def close(self) -> None:
        """Keeps nothing open."""

    async def state(self, _request: web.Request) -> web.Response:
        """Every database with its containers; and whether the emulator's physics can be seen."""
        return web.json_response({"databases": await self._databases.all(), "endpoint": self._account.endpoint})

    async def create(self, request: web.Request) -> web.Response:
        """`database` (made when missing), `container`, `keys` (paths); perhaps throughput, and `partitions`."""
        body = await read_body(_roomy(request))
        database, container = place_of(body)
        partitions = (
            None if body.get("partitions") is None else whole(body, "partitions", range(1, MOST_PARTITIONS + 1))
        )
        throughput = throughput_of(body, optional=True)
        await self._databases.create(database, container, keys_of(body), throughput, partitions)
        return web.json_response({"database": database, "container": container}, status=201)

    async def delete(self, request: web.Request) -> web.Response:
        """A `container`, or the whole `database` when no container is named."""
        body = await read_body(_roomy(request))
        whole_database = body.get("container") is None
        await self._databases.delete(name_of(body, "database"), None if whole_database else name_of(body, "container"))
        return web.json_response({})

    async def documents(self, request: web.Request) -> web.Response:
        page = await self._documents.page(*place_of(request.query), request.query.get("after"))
        return web.json_response(page)

    async def read(self, request: web.Request) -> web.Response:
        query = request.query
        found = await self._documents.read(*place_of(query), id_of(query), key_of(query.get("key", "")))
        return web.json_response(found)

    async def add(self, request: web.Request) -> web.Response:
        body = await read_body(_roomy(request))
        return web.json_response(await self._documents.add(*place_of(body), text_of(body, "text")), status=201)

    async def replace(self, request: web.Request) -> web.Response:
        """`text` for the document `id` with `key`, if it is still the one with `etag`."""
        body = await read_body(_roomy(request))
        where = (id_of(body), key_of(body.get("key")))
        text, etag = text_of(body, "text"), text_of(body, "etag")
        return web.json_response(await self._documents.replace(*place_of(body), where, text, etag))

    async def delete_document(self, request: web.Request) -> web.Response:
        body = await read_body(_roomy(request))
        charge = await self._documents.delete(*place_of(body), id_of(body), key_of(body.get("key")))
        return web.json_response({"charge": charge})

    async def query(self, request: web.Request) -> web.Response:
        """`query`, perhaps `parameters` (a JSON text) and `key` (a JSON text: one value, or a list of them)."""
        body = await read_body(_roomy(request))
        text = text_of(body, "query").strip()
        if not text:
            raise Refused(400, _("Write a query first, such as SELECT * FROM c"))
        if len(text) > MOST_QUERY:
            raise Refused(400, _("That is too long."))
        parameters = parameters_of(optional_text(body, "parameters") or "")
        key = _one_key(optional_text(body, "key") or "")
        return web.json_response(await self._queries.run(*place_of(body), text_of(body, "query"), parameters, key))

    async def more(self, request: web.Request) -> web.Response:
        return web.json_response(await self._queries.more(text_of(await read_body(_roomy(request)), "more")))


def _roomy(request: web.Request) -> web.BaseRequest:
    """With room for a document of 2 MB, each character of which may be written as six."""
    return request.clone(client_max_size=MOST_BODY)


def place_of(given: Mapping[str, Any]) -> tuple[str, str]:
    """The fields `database` and `container`."""
    return name_of(given, "database"), name_of(given, "container")


def name_of(given: Mapping[str, Any], field: str) -> str:
    name = text_of(given, field)
    if not 0 < len(name) <= MOST_NAME or FORBIDDEN.search(name) or name.endswith(" "):
        sentence = _("The name of a database or container has 1 to {most} characters, none of them / \\ ? or #.")
        raise Refused(400, sentence.format(most=MOST_NAME))
    return name


def id_of(given: Mapping[str, Any]) -> str:
    found = text_of(given, "id")
    if not 0 < len(found) <= MOST_ID:
        raise Refused(400, _("A document's id has 1 to {most} characters.").format(most=MOST_ID))
    return found


def keys_of(body: Mapping[str, Any]) -> list[str]:
    """The field `keys`: one to three paths such as /channel."""
    keys = body.get("keys")
    sentence = _("A partition key is one to three paths, such as /channel or /team/name.")
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS:
        raise Refused(400, sentence)
    if not all(isinstance(key, str) and re.fullmatch(r"(?:/[^/]+)+", key) for key in keys):
        raise Refused(400, sentence)
    return keys


def throughput_of(body: Mapping[str, Any], *, optional: bool = False) -> dict[str, int]:
    """{"manual": n} or {"autoscale": most}, in RU/s; {} when none is given and that is `optional`."""
    given = [name for name in THROUGHPUTS if body.get(name) is not None]
    if optional and not given:
        return {}
    if len(given) != 1:
        raise Refused(400, _("Throughput is either manual or autoscale, in request units per second."))
    return {given[0]: whole(body, given[0], THROUGHPUTS[given[0]])}


def whole(body: Mapping[str, Any], field: str, allowed: range) -> int:
    value = body.get(field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused(400, _("The field {name} must be a whole number.").format(name=field))
    if value not in allowed:
        sentence = _("The field {name} must be from {least} to {most}.")
        raise Refused(400, sentence.format(name=field, least=allowed.start, most=allowed.stop - 1))
    return value


def key_of(given: Any) -> Sequence[Any]:
    """A partition key's values: a list, or its JSON text; `{}` stands for a value that the document lacks."""
    found = given
    if isinstance(given, str):
        try:
            found = json.loads(given)
        except (ValueError, RecursionError):
            found = None
    plain = isinstance(found, list) and 0 < len(found) <= MOST_KEYS
    if not plain or any(isinstance(one, list) or (isinstance(one, dict) and one) for one in found):
        raise Refused(400, _("A partition key is a list of one to three texts, numbers, truth values or nulls."))
    return list(found)


def _one_key(text: str) -> Sequence[Any] | None:
    """The key that a query is limited to, as a person writes it: "general" or ["a", "b"]; None for all keys."""
    if not text.strip():
        return None
    found = read_json(text)
    return key_of(found if isinstance(found, list) else [found])


def parameters_of(text: str) -> list[dict[str, Any]]:
    """The parameters of a query, written as {"@name": value, ...}; none for an empty text."""
    found = read_json(text) if text.strip() else {}
    if not isinstance(found, dict):
        raise Refused(400, _('Parameters are a JSON object, such as {"@channel": "general"}.'))
    wrong = next((name for name in found if not PARAMETER.fullmatch(name)), None)
    if wrong is not None:
        sentence = _("The parameter {name} must begin with @ and a letter, such as @channel.")
        raise Refused(400, sentence.format(name=wrong[:60]))
    return [{"name": name, "value": value} for name, value in found.items()]
