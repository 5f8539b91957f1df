"""Runs apps in our worker half: `python bench_ours.py FOLDER < calls.json > answers.json`."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from localcloud.functions.worker import loading
from localcloud.functions.worker.calling import Call
from localcloud.functions.worker.values import Value, pack, unpack


def run(folder: Path, calls: list[dict[str, Any]]) -> dict[str, Any]:
    """The functions of one app and what its calls gave, or the kind of error that loading gave."""
    try:
        loaded = {one.name: one for one in loading.load(folder)}
    except Exception as error:
        return {"error": type(error).__name__}
    finally:
        sys.modules.pop("function_app", None)
    functions = [
        {key: one.facts[key] for key in ("name", "id", "bindings")}
        | {"retry": one.facts["retry"] or None, "is_async": one.signature.is_async}
        for one in loaded.values()
    ]
    return {"functions": functions, "results": [call(loaded[one["function"]], one) for one in calls]}


def call(function: Any, given: dict[str, Any]) -> dict[str, Any]:
    blob = bytearray()
    packed = {
        part: {name: pack(value_of(*one), blob) for name, one in given.get(part, {}).items()}
        for part in ("inputs", "metadata")
    }
    one = Call(function, {"id": "call", "trace": "", **packed}, bytes(blob))
    header, data = asyncio.run(one.run_async()) if function.signature.is_async else one.run()
    if "error" in header:
        return {"error": header["error"]["type"]}
    outputs = {name: plain(unpack(part, data)) for name, part in header["outputs"].items()}
    returned = plain(unpack(header["returned"], data)) if header["returned"] else None
    return {"outputs": {name: one for name, one in outputs.items() if one}, "returned": returned}


def value_of(kind: str, value: Any) -> Value:
    if kind == "bytes":
        return Value(kind, bytes.fromhex(value))
    return Value(kind, {**value, "body": bytes.fromhex(value["body"])} if kind == "http" else value)


def plain(value: Value) -> Any:
    if value.type is None:
        return None
    if value.type == "http":
        body = value.value["body"]
        return [
            "http",
            str(value.value["status_code"]),
            value.value["headers"],
            [[one["name"], one["value"]] for one in value.value["cookies"]],
            (body.encode() if isinstance(body, str) else body).hex(),
        ]
    return [value.type, value.value.hex() if value.type == "bytes" else value.value]


def main() -> None:
    request = json.load(sys.stdin)
    folder = Path(sys.argv[1])
    path = list(sys.path)
    answers = {}
    for name, calls in request.items():
        answers[name] = run(folder / name, calls)
        sys.path[:] = path
    print(json.dumps(answers), file=sys.__stdout__)


if __name__ == "__main__":
    sys.stdout = sys.stderr
    main()
