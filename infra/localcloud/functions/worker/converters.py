"""From wire values to what a function gets, and back, by the converters of `azure.functions`."""

import json
from typing import Any

from azure.functions import meta

from .values import Value

WITHOUT_IMPLICIT_OUTPUT = ("durableClient",)


class Generic:
    """Bindings without a converter of their own pass text and bytes through, as in the real worker."""

    @staticmethod
    def check_annotation(pytype: Any, *, output: bool) -> bool:
        fitting = (str, bytes, bytearray) if output else (str, bytes)
        return isinstance(pytype, type) and issubclass(pytype, fitting)

    @staticmethod
    def encode(value: Any) -> Value:
        match value:
            case None:
                return Value(None, None)
            case str():
                return Value("string", value)
            case bytes() | bytearray():
                return Value("bytes", bytes(value))
            case dict() | list():
                return Value("json", json.dumps(value))
            case int():
                return Value("int", int(value))
            case float():
                return Value("double", value)
        raise NotImplementedError

    @staticmethod
    def decode(value: Value) -> Any:
        if value.type not in ("string", "bytes", "json", None):
            raise ValueError(f"unexpected type of data received for the 'generic' binding {value.type!r}")
        return value.value


def converter(binding: str) -> Any:
    """The converter registered for a binding type; None for a generic one."""
    return meta.get_binding_registry().get(binding)  # type: ignore[no-untyped-call]


def has_implicit_output(binding: str) -> bool:
    """Whether a function's return value belongs to this binding without a `$return`."""
    found = converter(binding)
    if found is None:
        return binding not in WITHOUT_IMPLICIT_OUTPUT
    return bool(getattr(found, "has_implicit_output", lambda: False)())


def accepts(binding: str, pytype: Any, *, output: bool) -> bool:
    """Whether a parameter with this annotation fits the binding."""
    found = converter(binding)
    if found is None:
        return Generic.check_annotation(pytype, output=output)
    check = getattr(found, "check_output_type_annotation" if output else "check_input_type_annotation", None)
    try:
        return check is not None and bool(check(pytype))
    except TypeError:  # it is no class, such as typing.List[str] where a class is needed
        return False


def decode(binding: str, value: Value, metadata: dict[str, Value] | None) -> Any:
    """What the function gets for `value`; TypeError or ValueError when the binding cannot take such a value."""
    found = converter(binding)
    if found is None:
        return Generic.decode(value)
    datum = _request(value) if value.type == "http" else meta.Datum(value.value, value.type)
    known = None if metadata is None else {name: meta.Datum(one.value, one.type) for name, one in metadata.items()}
    try:
        return found.decode(datum, trigger_metadata=known if found.has_trigger_support() else None)
    except NotImplementedError:
        raise TypeError(
            f"unable to decode incoming TypedData: unsupported combination of TypedData field {value.type!r} and "
            f"expected binding type {binding!r}"
        ) from None


def encode(binding: str, value: Any, pytype: Any) -> Value:
    """The wire value of what a function returned or set; TypeError when the binding cannot take it."""
    found = converter(binding)
    try:
        if found is None:
            return Generic.encode(value)
        datum = found.encode(value, expected_type=pytype)
    except NotImplementedError:
        raise TypeError(
            f'unable to encode outgoing TypedData: unsupported type "{binding}" for Python type '
            f'"{type(value).__name__}"'
        ) from None
    if datum is None or datum.value is None:
        return Value(None, None)
    return _response(datum.value) if datum.type == "http" else Value(datum.type, datum.value)


def _request(value: Value) -> meta.Datum:
    parts = value.value
    texts = {
        name: {key: meta.Datum(text, "string") for key, text in parts[name].items()}
        for name in ("headers", "query", "params")
    }
    single = {name: meta.Datum(parts[name], "string") for name in ("method", "url")}
    return meta.Datum({**single, **texts, "body": meta.Datum(parts["body"], "bytes")}, "http")


def _response(parts: dict[str, Any]) -> Value:
    cookies = [
        {"name": name, "value": morsel.value, **{key: text for key, text in morsel.items() if text}}
        for jar in parts.get("cookies") or []
        for name, morsel in jar.items()
    ]
    return Value(
        "http",
        {
            "status_code": parts["status_code"].value,
            "headers": {name: str(datum.value) for name, datum in parts["headers"].items()},
            "cookies": cookies,
            "body": parts["body"].value,
        },
    )
