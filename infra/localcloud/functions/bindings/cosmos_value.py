"""Documents as functions give and get them. Pure."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from localcloud.messages import _

from ..worker.values import Value
from .cosmos_error import CosmosBindingError

Document = dict[str, Any]


def documents_of(value: Value) -> list[Document]:
    """The documents in a function's output: one for a JSON object, one an element of a JSON array.

    CosmosBindingError when the output is not JSON, or an element is no object.
    """
    given = value.value
    if isinstance(given, bytes):
        given = given.decode("utf-8", "replace")
    parsed = _parsed(given) if isinstance(given, str) else given
    elements = parsed if isinstance(parsed, list) else [parsed]
    return [_document(element) for element in elements]


def _document(element: Any) -> Document:
    """A document; it may be written as text in an array, as in Azure."""
    parsed = _parsed(element) if isinstance(element, str) else element
    if not isinstance(parsed, dict):
        raise CosmosBindingError(
            "Error reading JObject from JsonReader. Current JsonReader item is not an object. "
            + _("A document must be a JSON object such as {example}; this is {value}.").format(
                example='{"id": "1", "text": "hi"}', value=json.dumps(parsed, ensure_ascii=False)[:80]
            )
        )
    return parsed


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CosmosBindingError(_("The output is not JSON: {error}.").format(error=error)) from error


def with_id(document: Document) -> Document:
    """The document with an id: extension v3 makes one where there is none, v4 leaves that to the function."""
    return document if document.get("id") else {**document, "id": str(uuid.uuid4())}


def value_of(found: Document | Sequence[Document] | None) -> Value:
    """What an input or a trigger gives: one document, or a list of them; None when there is none."""
    if found is None:
        return Value(None, None)
    return Value("json", json.dumps(found, ensure_ascii=False, separators=(",", ":")))


def key_text(document: Mapping[str, Any], paths: Iterable[str]) -> str:
    """The partition key of a document, to show: its text, else JSON; several paths: a JSON list."""
    values = [_at(document, path) for path in paths]
    shown = values[0] if len(values) == 1 else values
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)


def _at(document: Any, path: str) -> Any:
    for step in _steps(path):
        document = document.get(step) if isinstance(document, Mapping) else None
    return document


def _steps(path: str) -> list[str]:
    """The members of a partition key path such as `/address/"zip code"`."""
    return [step.strip('"') for step in path.strip("/").split("/")]
