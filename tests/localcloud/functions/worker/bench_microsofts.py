"""Runs apps in Microsoft's worker, `azure_functions_runtime`, as bench_ours does in ours.

The runtime speaks to its host in protocol buffers; it gets their classes from the host, and is content with these.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azure_functions_runtime import handle_event


class Message:
    """A protocol buffer message: whatever it was made with."""

    def __init__(self, **facts: Any) -> None:
        self.__dict__.update(facts)
        self.facts = facts

    def WhichOneof(self, _group: str) -> str | None:
        return next(iter(self.facts), None)


class BindingInfo(Message):
    undefined, out, inout = 0, 1, 2


class StatusResult(Message):
    Failure, Success = "failure", "success"


class SameSite:
    Lax, Strict, ExplicitNone = "lax", "strict", "none"


setattr(SameSite, "None", "")


class RpcHttpCookie(Message):
    SameSite = SameSite


class Timestamp(Message):
    pass


class Messages:
    """The module of message classes."""

    BindingInfo, StatusResult, RpcHttpCookie, Timestamp = BindingInfo, StatusResult, RpcHttpCookie, Timestamp

    def __getattr__(self, name: str) -> type[Message]:
        return Message


def request(**facts: Any) -> SimpleNamespace:
    return SimpleNamespace(request=SimpleNamespace(**facts), properties={"host": "", "protos": Messages()})


def kind_of(failed: Message) -> dict[str, Any]:
    return {"error": failed.exception.message.partition(":")[0]}  # type: ignore[attr-defined]


async def run(folder: Path, calls: list[dict[str, Any]]) -> dict[str, Any]:
    """The functions of one app and what its calls gave, or the kind of error that loading gave."""
    handle_event._functions._functions.clear()
    handle_event._metadata_result = None
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    init = Message(capabilities={}, function_app_directory=str(folder))
    answer = await handle_event.worker_init_request(request(worker_init_request=init))
    sys.modules.pop("function_app", None)
    if answer.result.status == StatusResult.Failure:
        return kind_of(answer.result)
    metadata = await handle_event.functions_metadata_request(request())
    found = metadata.function_metadata_results or []
    functions = [
        {
            "name": one.name,
            "id": one.function_id,
            "bindings": [json.loads(text) for text in one.raw_bindings],
            "retry": retry_of(one.name, one.retry_options),
            "is_async": handle_event._functions.get_function(one.function_id).is_async,
        }
        for one in found
    ]
    ids = {one["name"]: one["id"] for one in functions}
    return {"functions": functions, "results": [await call(ids[one["function"]], one) for one in calls]}


def retry_of(_name: str, options: Message | None) -> Any:
    if options is None:
        return None
    facts = {name: value for name, value in options.facts.items() if value is not None}
    return {name: value.total_seconds() if hasattr(value, "total_seconds") else value for name, value in facts.items()}


async def call(function_id: str, given: dict[str, Any]) -> dict[str, Any]:
    data = [
        SimpleNamespace(name=name, data=typed(*one), WhichOneof=lambda _group: "data")
        for name, one in given.get("inputs", {}).items()
    ]
    invocation = Message(
        invocation_id="call",
        function_id=function_id,
        input_data=data,
        trigger_metadata={name: typed(*one) for name, one in given.get("metadata", {}).items()},
        trace_context=Message(trace_parent="", trace_state="", attributes={}),
        retry_context=Message(retry_count=0, max_retry_count=0, exception=None),
    )
    answer = await handle_event.invocation_request(request(invocation_request=invocation))
    if answer.result.status == StatusResult.Failure:
        return kind_of(answer.result)
    outputs = {one.name: plain(one.data) for one in answer.output_data}
    return {"outputs": {name: one for name, one in outputs.items() if one}, "returned": plain(answer.return_value)}


def typed(kind: str | None, value: Any) -> Message:
    if kind is None:
        return Message()
    if kind == "bytes":
        return Message(bytes=bytes.fromhex(value))
    if kind == "http":
        return Message(http=Message(**{**value, "body": Message(bytes=bytes.fromhex(value["body"]))}))
    return Message(**{kind: value})


def plain(data: Message | None) -> Any:
    if data is None or data.WhichOneof("data") is None:
        return None
    [(kind, value)] = data.facts.items()
    if kind == "http":
        body = value.body.facts
        [content] = body.values()
        return [
            "http",
            str(value.status_code),
            dict(value.headers),
            [[one.name, one.value] for one in value.cookies or []],
            (content.encode() if isinstance(content, str) else content).hex(),
        ]
    return [kind, value.hex() if kind == "bytes" else value]


async def main() -> None:
    wanted = json.load(sys.stdin)
    folder = Path(sys.argv[1])
    path = list(sys.path)
    answers = {}
    for name, calls in wanted.items():
        answers[name] = await run(folder / name, calls)
        sys.path[:] = path
    print(json.dumps(answers), file=sys.__stdout__)


if __name__ == "__main__":
    sys.stdout = sys.stderr
    asyncio.run(main())
