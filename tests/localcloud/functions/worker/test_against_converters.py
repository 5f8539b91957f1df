"""Our worker converts values exactly as the converters of `azure.functions` do, for every binding that is served."""

import json
from collections.abc import Callable
from typing import Any

import azure.functions as func
import pytest
from azure.functions import meta
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.bindings import WITHOUT_LISTENER, input_for, listener_for, output_for
from localcloud.functions.loading.validation import KNOWN_TYPES
from localcloud.functions.worker.converters import decode, encode
from localcloud.functions.worker.values import Value, pack, unpack

REGISTRY: dict[Any, Any] = func.get_binding_registry()._bindings  # type: ignore[no-untyped-call]
SERVED = sorted(
    name
    for name in REGISTRY
    if isinstance(name, str) and (name == "http" or name.lower() in WITHOUT_LISTENER or listener_for(name)
                                  or input_for(name) or output_for(name))
)  # fmt: skip
INPUTS = [name for name in SERVED if hasattr(REGISTRY[name], "decode") and name != "httpTrigger"]
OUTPUTS = [name for name in SERVED if hasattr(REGISTRY[name], "encode")]

texts = st.text(max_size=40)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
events = st.fixed_dictionaries(
    {}, optional={"id": texts, "subject": texts, "eventTime": st.sampled_from(["2026-01-31T09:30:00Z", "soon"]),
                  "specversion": st.just("1.0"), "data": plain, "IsPastDue": st.booleans(), "Schedule": plain}
)  # fmt: skip
values = st.one_of(
    texts.map(lambda text: ("string", text)),
    st.binary(max_size=40).map(lambda data: ("bytes", data)),
    (plain | events).map(lambda one: ("json", json.dumps(one))),
    st.just((None, None)),
)
metadata = st.dictionaries(
    st.sampled_from(
        ["BlobTrigger", "Uri", "Properties", "Metadata", "Id", "DequeueCount", "InsertionTime", "PopReceipt"]
    ),
    st.one_of(
        texts.map(lambda text: ("string", text)),
        st.sampled_from(['{"ContentLength": 7}', '{"Length": "8"}', "{}", "3", '"x"', "[]"]).map(lambda t: ("json", t)),
        st.just(("string", "2026-01-31T09:30:00+00:00")),
    ),
    max_size=6,
)
given_back = st.one_of(
    texts,
    st.binary(max_size=40),
    plain,
    st.lists(texts, max_size=3),
    texts.map(lambda text: func.QueueMessage(id="1", body=text)),
    st.binary(max_size=9).map(lambda data: func.blob.InputStream(data=data)),
    st.dictionaries(texts, plain, max_size=3).map(func.Document),
    st.lists(st.dictionaries(texts, plain, max_size=3).map(func.Document), max_size=3).map(func.DocumentList),
    st.builds(func.HttpResponse, texts | st.binary(max_size=9), status_code=st.integers(200, 599)),
)


def seen(value: Any) -> Any:
    """All that a function can see of a value."""
    if value is None or isinstance(value, str | bytes | int | float | list | dict):
        return value
    if isinstance(value, func.DocumentList):
        return [None if one is None else dict(one) for one in value]
    names = [name for name in dir(type(value)) if isinstance(getattr(type(value), name), property)]
    shown = {name: outcome(lambda name=name: getattr(value, name)) for name in names}
    calls = {name: outcome(getattr(value, name)) for name in ("read", "get_body", "get_json") if hasattr(value, name)}
    return type(value).__name__, shown, calls


def outcome(work: Callable[[], Any]) -> Any:
    """What came of it, or the kind of its error; what a converter cannot do is the worker's TypeError."""
    try:
        return seen(work())
    except NotImplementedError:
        return TypeError
    except Exception as error:
        return type(error)


def test_the_served_bindings_are_those_that_are_expected() -> None:
    assert SERVED == [
        "blob", "blobTrigger", "cosmosDB", "cosmosDBTrigger", "eventGridTrigger", "http", "httpTrigger", "queue",
        "queueTrigger", "timerTrigger", "warmupTrigger",
    ]  # fmt: skip
    assert {name.lower() for name in SERVED} <= KNOWN_TYPES


@pytest.mark.covers("Worker: inputs of every served binding, as the azure.functions converters decode them")
@pytest.mark.parametrize("binding", INPUTS)
@given(value=values, known=metadata)
def test_inputs_are_decoded_alike(binding: str, value: tuple[Any, Any], known: dict[str, tuple[str, str]]) -> None:
    converter = REGISTRY[binding]
    datum = meta.Datum(value[1], value[0]) if value[0] else None
    theirs = {name: meta.Datum(text, kind) for name, (kind, text) in known.items()}
    wanted = outcome(lambda: converter.decode(datum, trigger_metadata=theirs))
    ours = {name: Value(*one) for name, one in known.items()}
    found = outcome(lambda: decode(binding, through_the_wire(Value(*value)), ours))
    if datum is None and wanted is AttributeError:  # a converter that does not look; no host sends nothing to it
        return
    assert found == wanted


@pytest.mark.covers("Worker: outputs of every served binding, as the azure.functions converters encode them")
@pytest.mark.parametrize("binding", OUTPUTS)
@given(value=given_back)
def test_outputs_are_encoded_alike(binding: str, value: Any) -> None:
    wanted = outcome(lambda: plainly(REGISTRY[binding].encode(again(value), expected_type=type(value))))
    found = outcome(lambda: ours_plainly(through_the_wire(encode(binding, again(value), type(value)))))
    assert found == wanted


@pytest.mark.covers("HTTP: request and response bodies, headers, query and route parameters through the converters")
@given(
    body=st.binary(max_size=40),
    headers=st.dictionaries(texts, texts, max_size=3),
    query=st.dictionaries(texts, texts, max_size=3),
)
def test_requests_are_decoded_alike(body: bytes, headers: dict[str, str], query: dict[str, str]) -> None:
    parts = {"method": "POST", "url": "http://here/", "headers": headers, "query": query, "params": {}, "body": body}
    found = decode("httpTrigger", through_the_wire(Value("http", parts)), {})
    text = {name: {key: meta.Datum(one, "string") for key, one in parts[name].items()} for name in ("headers", "query")}
    datum = {
        **text,
        "params": {},
        "method": meta.Datum("POST", "string"),
        "url": meta.Datum("http://here/", "string"),
        "body": meta.Datum(body, "bytes"),
    }
    wanted = REGISTRY["httpTrigger"].decode(meta.Datum(datum, "http"), trigger_metadata={})
    assert (found.method, found.url, found.get_body()) == (wanted.method, wanted.url, wanted.get_body())
    assert dict(found.headers) == dict(wanted.headers) and dict(found.params) == dict(wanted.params)


def again(value: Any) -> Any:
    """The value afresh: a stream can be read once."""
    return func.blob.InputStream(data=value._io.getvalue()) if isinstance(value, func.blob.InputStream) else value


def through_the_wire(value: Value) -> Value:
    blob = bytearray()
    return unpack(pack(value, blob), bytes(blob))


def plainly(datum: Any) -> Any:
    if datum is None or datum.value is None:
        return None
    if datum.type != "http":
        return [datum.type, datum.value]
    parts = datum.value
    return ["http", parts["status_code"].value, {k: v.value for k, v in parts["headers"].items()}, parts["body"].value]


def ours_plainly(value: Value) -> Any:
    if value.type is None:
        return None
    if value.type != "http":
        return [value.type, value.value]
    return ["http", value.value["status_code"], value.value["headers"], value.value["body"]]
