"""Our values, schemas and problems as the protocol's messages, and back."""

import json
from collections.abc import Iterable
from typing import Any

import msgpack
from tf.gen import tfplugin_pb2 as pb

from ..problems import Problem
from ..schema import Attribute, Block
from ..values import UNKNOWN, Path, Type

NESTING = {
    "single": pb.Schema.NestedBlock.SINGLE,
    "list": pb.Schema.NestedBlock.LIST,
    "set": pb.Schema.NestedBlock.SET,
}


def decoded(value: Any) -> Any:
    """A dynamic value: None is null."""
    if value.json:
        return json.loads(value.json)
    return (
        msgpack.unpackb(value.msgpack, ext_hook=lambda _code, _data: UNKNOWN, strict_map_key=False)
        if value.msgpack
        else None
    )


def encoded(value: Any) -> Any:
    return pb.DynamicValue(msgpack=msgpack.packb(value, default=_extension))


def _extension(value: Any) -> Any:
    if value is UNKNOWN:
        return msgpack.ExtType(0, b"\x00")
    raise TypeError(f"{type(value).__name__} is no value of the protocol")


def schema(block: Block, version: int = 0) -> Any:
    return pb.Schema(version=version, block=_block(block))


def _block(block: Block) -> Any:
    refused = block.refused.items()
    plain: list[tuple[str, Type]] = [(name, one) for name, one in refused if not isinstance(one, Block)]
    inner = [*block.blocks.items(), *((name, one) for name, one in refused if isinstance(one, Block))]
    return pb.Schema.Block(
        attributes=[
            *(_attribute(name, one) for name, one in block.attributes.items()),
            *(_attribute(name, Attribute(type, frozenset({"optional"}))) for name, type in plain),
        ],
        block_types=[
            pb.Schema.NestedBlock(
                type_name=name,
                block=_block(one),
                nesting=NESTING[one.nesting],
                min_items=0 if one.nesting == "single" else one.least,
                max_items=0 if one.nesting == "single" else one.most,
            )
            for name, one in inner
        ],
    )


def _attribute(name: str, one: Attribute) -> Any:
    return pb.Schema.Attribute(
        name=name,
        type=json.dumps(one.type).encode(),
        required=one.required,
        optional=not one.required and (one.optional or one.default is not None),
        computed=one.computed and not one.required,
        sensitive=one.sensitive,
        deprecated="deprecated" in one.flags,
    )


def path(steps: Path) -> Any:
    return pb.AttributePath(
        steps=[
            pb.AttributePath.Step(attribute_name=one)
            if isinstance(one, str)
            else pb.AttributePath.Step(element_key_int=one)
            for one in steps
        ]
    )


def diagnostics(problems: Iterable[Problem]) -> list[Any]:
    return [
        pb.Diagnostic(
            severity=pb.Diagnostic.WARNING if one.warning else pb.Diagnostic.ERROR,
            summary=one.summary,
            detail=one.detail,
            attribute=path(one.path) if one.path else None,
        )
        for one in problems
    ]
