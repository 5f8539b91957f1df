"""The shape of a program, without its names, literals, comments, annotations and layout.

Every part of a function's syntax tree with enough in it has a hash; functions alike in shape have the same hashes, in
whatever order they stand. A pure function of texts.
"""

import ast
import hashlib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from localcloud.messages import _

LEAST_NODES = 6  # a smaller part is in every program
MOST_HASHES = 4000  # of one submission: those that are smallest, which is the same choice for everybody
MOST_BYTES = 512_000
MOST_NODES = 200_000
LINES, COLUMNS = 60, 160
LONGEST_REASON = 300
DROPPED = (ast.Import, ast.ImportFrom, ast.Pass)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Unreadable(Exception):
    """The submission's code has no shape; the text says why."""


@dataclass(frozen=True)
class Unit:
    """A function, or what stands outside of functions: where it is, its text for a person, its hashes."""

    name: str
    file: str
    line: int
    text: str
    hashes: frozenset[int]


@dataclass(frozen=True)
class Fingerprint:
    """All of a submission. `left_out`: files that could not be read, each with the reason."""

    units: tuple[Unit, ...]
    left_out: tuple[str, ...] = ()

    @property
    def hashes(self) -> frozenset[int]:
        whole = frozenset(one for unit in self.units for one in unit.hashes)
        return frozenset(sorted(whole)[:MOST_HASHES]) if len(whole) > MOST_HASHES else whole

    def without(self, known: frozenset[int]) -> "Fingerprint":
        """What is left when the starter's parts are taken away."""
        units = (Unit(one.name, one.file, one.line, one.text, one.hashes - known) for one in self.units)
        return Fingerprint(tuple(one for one in units if one.hashes), self.left_out)


def fingerprint(files: Mapping[str, bytes]) -> Fingerprint:
    """The shape of a submission's Python files; Unreadable when none of them has one."""
    trees: list[tuple[str, str, ast.Module]] = []
    left_out = []
    for name, content in sorted(files.items()):
        try:
            text, tree = _parsed(content)
            trees.append((name, text, tree))
        except Unreadable as why:
            left_out.append(f"{name}: {why}")
    if left_out and not trees:
        raise Unreadable("; ".join(left_out)[:LONGEST_REASON])
    own = frozenset(name for _name, _text, tree in trees for name in _own_attributes(tree))
    try:
        units = [unit for name, text, tree in trees for unit in _units(name, text, tree, own)]
    except RecursionError:
        raise Unreadable(_("it is nested too deep")) from None
    return Fingerprint(tuple(units), tuple(left_out))


def _parsed(content: bytes) -> tuple[str, ast.Module]:
    if len(content) > MOST_BYTES:
        raise Unreadable(_("it is longer than {most} KB").format(most=MOST_BYTES // 1000))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content)
    except SyntaxError as error:
        raise Unreadable(_("line {line}: {why}").format(line=error.lineno, why=error.msg)) from None
    except ValueError as error:
        raise Unreadable(str(error)) from None
    except (RecursionError, MemoryError):
        raise Unreadable(_("it is nested too deep")) from None
    if sum(1 for _node in ast.walk(tree)) > MOST_NODES:
        raise Unreadable(_("it is too long"))
    return content.decode("utf-8", "replace"), tree


def _own_attributes(tree: ast.Module) -> Iterator[str]:
    """Names of attributes that the program itself gives: methods, and what it sets on objects."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.attr
        if isinstance(node, ast.ClassDef):
            yield from (one.name for one in node.body if isinstance(one, Function))


def _units(file: str, text: str, tree: ast.Module, own: frozenset[str]) -> Iterator[Unit]:
    lines = text.splitlines()
    outside = _Shape(own)
    for node in _statements(tree.body):
        if isinstance(node, Function):
            yield _unit(node.name, file, node, lines, own)
        elif isinstance(node, ast.ClassDef):
            for one in _statements(node.body):
                if isinstance(one, Function):
                    yield _unit(f"{node.name}.{one.name}", file, one, lines, own)
                else:
                    outside.of(one)
        else:
            outside.of(node)
    if outside.hashes:
        yield Unit("-", file, 1, "", frozenset(outside.hashes))


def _unit(name: str, file: str, node: Function, lines: list[str], own: frozenset[str]) -> Unit:
    shape = _Shape(own)
    shape.of(node)
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    kept = [line[:COLUMNS] for line in lines[first - 1 : node.end_lineno]]
    text = "\n".join([*kept[:LINES], "…"] if len(kept) > LINES else kept)
    return Unit(name[:80], file[:120], node.lineno, text, frozenset(shape.hashes))


class _Shape:
    """Collects the hash of every part with enough nodes in it."""

    def __init__(self, own: frozenset[str]) -> None:
        self._own = own
        self.hashes: set[int] = set()

    def of(self, node: ast.AST) -> tuple[bytes, int]:
        """The hash of a part, and how many nodes are in it."""
        digest = hashlib.blake2b(_label(node, self._own).encode(), digest_size=8)
        nodes = 1
        for child in _children(node):
            below, count = self.of(child)
            digest.update(below)
            nodes += count
        found = digest.digest()
        if nodes >= LEAST_NODES:
            self.hashes.add(int.from_bytes(found, "big"))
        return found, nodes


def _label(node: ast.AST, own: frozenset[str]) -> str:
    match node:
        case ast.Attribute(attr=name):
            return f"Attribute {'' if name in own else name}"
        case ast.Constant(value=value):
            return f"Constant {type(value).__name__}"
        case ast.AnnAssign():
            return "Assign"
        case ast.AsyncFunctionDef():
            return "FunctionDef"
    return type(node).__name__


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "ctx", "type_comment", "simple", "type_params"):
            continue
        if name in ("body", "orelse", "finalbody") and isinstance(value, list):
            yield from _statements(value)
        elif isinstance(value, list):
            yield from (one for one in value if isinstance(one, ast.AST))
        elif isinstance(value, ast.AST):
            yield value


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What does something: no imports, no docstrings."""
    for node in body:
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (text or isinstance(node, DROPPED)):
            yield node
