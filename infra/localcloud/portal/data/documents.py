"""The documents of a container, as JSON texts: no number loses a digit on its way through a browser."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.messages import _

from ..guard import Refused
from .account import CosmosAccount, asked

A_PAGE = 50
MOST_CHARACTERS = 4 * 1024 * 1024
SYSTEM = ("_rid", "_self", "_etag", "_attachments", "_ts", "_lsn")
CHARGE = "x-ms-request-charge"
UNDEFINED: dict[str, Any] = {}
Key = Sequence[Any]


class Documents:
    """Acts on the documents of one account; a key is a list of values, `{}` for one that the document lacks."""

    def __init__(self, account: CosmosAccount) -> None:
        self._account = account

    async def page(self, database: str, container: str, after: str | None) -> dict[str, Any]:
        """Ids and keys of documents, from `after` on; `next` is where it goes on."""
        async with asked():
            proxy = await self._account.container(database, container)
            paths = await _paths(proxy)
            charges = Charges()
            found = proxy.query_items(listing(paths), max_item_count=A_PAGE, response_hook=charges)
            pages: Any = found.by_page(after)
            try:
                listed = [_listed(one, len(paths)) async for one in await anext(pages)]
            except StopAsyncIteration:
                listed = []
        return {"documents": listed, "next": pages.continuation_token or None, "keys": paths, "charge": charges.sum}

    async def read(self, database: str, container: str, document: str, key: Key) -> dict[str, Any]:
        """A document as an indented text, the system's own properties beside it, and the etag of what was read."""
        async with asked():
            proxy = await self._account.container(database, container)
            found = await proxy.read_item(document, sdk_key(key))
        system = {name: found[name] for name in SYSTEM if name in found}
        return {"text": written(found), "system": system, "etag": found.get("_etag"), "charge": charge_of(found)}

    async def add(self, database: str, container: str, text: str) -> dict[str, Any]:
        """A new document; refused when there is one with its id and key."""
        document = read_document(text)
        async with asked():
            proxy = await self._account.container(database, container)
            made = await proxy.create_item(document, enable_automatic_id_generation=True)
            key = key_in(made, await _paths(proxy))
        return {"id": made["id"], "key": key, "charge": charge_of(made)}

    async def replace(
        self, database: str, container: str, place: tuple[str, Key], text: str, etag: str
    ) -> dict[str, Any]:
        """Another content for a document; refused when it is no longer the one that was read (its etag)."""
        document, (name, key) = read_document(text), place
        async with asked():
            from azure.core import MatchConditions

            proxy = await self._account.container(database, container)
            if document.get("id") != name or key_in(document, await _paths(proxy)) != list(key):
                sentence = _("Id and partition key say where a document lives: they cannot be changed. Make a new one.")
                raise Refused(400, sentence)
            made = await proxy.replace_item(name, document, etag=etag, match_condition=MatchConditions.IfNotModified)
        return {"text": written(made), "etag": made.get("_etag"), "charge": charge_of(made)}

    async def delete(self, database: str, container: str, document: str, key: Key) -> float:
        """Deletes a document; its charge in request units."""
        async with asked():
            proxy = await self._account.container(database, container)
            charges = Charges()
            await proxy.delete_item(document, sdk_key(key), response_hook=charges)
        return charges.sum


class Charges:
    """Adds up what requests cost; it is the SDK's response hook."""

    def __init__(self) -> None:
        self._sum = 0.0

    @property
    def sum(self) -> float:
        """In request units."""
        return round(self._sum, 2)

    def __call__(self, headers: Mapping[str, Any], _body: Any) -> None:
        self._sum += float(headers.get(CHARGE) or 0)


def charge_of(answer: Any) -> float:
    return round(float(answer.get_response_headers().get(CHARGE) or 0), 2)


def listing(paths: Sequence[str]) -> str:
    """The query that lists ids and keys: bodies may have 2 MB each."""
    keys = [f"c{''.join(f'[{json.dumps(part)}]' for part in _parts(path))} AS k{at}" for at, path in enumerate(paths)]
    return f"SELECT {', '.join(['c.id', 'c._ts', *keys])} FROM c"


def _listed(row: Mapping[str, Any], count: int) -> dict[str, Any]:
    return {"id": row["id"], "key": [row.get(f"k{at}", UNDEFINED) for at in range(count)], "at": row.get("_ts")}


def key_in(document: Mapping[str, Any], paths: Sequence[str]) -> list[Any]:
    """The key's values in a document."""
    return [_value(document, _parts(path)) for path in paths]


def _value(document: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        if not isinstance(document, dict) or part not in document:
            return UNDEFINED
        document = document[part]
    return document


def _parts(path: str) -> list[str]:
    r"""`/a/"b c"` is ["a", "b c"]."""
    return [part.strip('"') for part in path.split("/") if part]


async def _paths(proxy: Any) -> list[str]:
    found = (await proxy.read())["partitionKey"]["paths"]
    return [str(path) for path in found]


def sdk_key(values: Key) -> Any:
    """The SDK's key for a list of values."""
    from azure.cosmos.partition_key import NonePartitionKeyValue, NullPartitionKeyValue

    if len(values) != 1:
        return list(values)
    return (
        NonePartitionKeyValue if values[0] == UNDEFINED else NullPartitionKeyValue if values[0] is None else values[0]
    )


def read_document(text: str) -> dict[str, Any]:
    """The JSON object in a text; Refused with the place when there is none."""
    if len(text) > MOST_CHARACTERS:
        raise Refused(400, _("That is too long."))
    found = read_json(text)
    if not isinstance(found, dict):
        raise Refused(400, _("A document is a JSON object."))
    return found


def read_json(text: str) -> Any:
    """Any JSON value; Refused with line and column when it is none."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        sentence = _("That is not JSON: {reason} (line {line}, column {column}).")
        raise Refused(400, sentence.format(reason=error.msg, line=error.lineno, column=error.colno)) from None
    except (ValueError, RecursionError) as error:
        raise Refused(400, _("That is not JSON: {reason}").format(reason=error)) from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def written(document: Any) -> str:
    """A document without the system's own properties, indented."""
    if isinstance(document, dict):
        document = {name: value for name, value in document.items() if name not in SYSTEM}
    return json.dumps(document, indent=2, ensure_ascii=False)
