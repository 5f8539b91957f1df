"""Which values Python code gives to which names: assignments, defaults, comparisons, arguments, members of a dict."""

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

MOST_BYTES = 1_000_000
DEEPEST = 20  # of an expression: deeper ones are read in part

# Calls whose argument is a secret by its place; the names are those that a keyword would have.
BY_PLACE = {
    "SignatureVerifier": {0: "signing_secret"},
    "new": {0: "hmac_key"},  # hmac.new
    "digest": {0: "hmac_key"},
    "AzureKeyCredential": {0: "account_key"},
    "AzureNamedKeyCredential": {1: "account_key"},
    "AzureSasCredential": {0: "account_key"},
    "CosmosClient": {1: "account_key"},
    "WebClient": {0: "bot_token"},
}
WITH_DEFAULT = ("getenv", "get", "setdefault", "pop")  # (name, default)
UNCHANGED = ("encode", "decode", "strip", "str", "bytes", "bytearray", "lower", "upper", "SecretStr", "b64decode")


class NotPython(ValueError):
    """The text cannot be read as Python."""


@dataclass(frozen=True)
class Given:
    """A text that stands in the code, with the name that it is given to ("" for none)."""

    line: int
    name: str
    text: str


def given_in(source: bytes) -> list[Given]:
    """The texts of Python code with their names; NotPython."""
    tree = _parsed(source)
    constants = _constants(tree)
    found = []
    for node in ast.walk(tree):
        for name, value in _pairs(node):
            for line, text in _texts(value, constants):
                found.append(Given(line, name, text))
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            found += [Given(line, "", text) for line, text in _texts(node, {})]
    return found


def comments_in(source: bytes) -> list[Given]:
    """The comments of code that is Python."""
    try:
        tokens = list(tokenize.tokenize(io.BytesIO(source).readline))
    except (tokenize.TokenError, SyntaxError, ValueError) as error:
        raise NotPython(str(error)) from error
    return [Given(token.start[0], "", token.string) for token in tokens if token.type == tokenize.COMMENT]


def _parsed(source: bytes) -> ast.Module:
    if len(source) > MOST_BYTES:
        raise NotPython("too long")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotPython(str(error)) from error


def _constants(tree: ast.Module) -> dict[str, str]:
    """Texts that a name stands for."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            for _line, text in _texts(node.value, {}):
                found[node.targets[0].id] = text
    return found


def _pairs(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The values that this node gives to names."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _assigned(target, node.value)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.AugAssign) and node.value:
        yield from _assigned(node.target, node.value)
    elif isinstance(node, ast.Dict):
        yield from ((_label(key), value) for key, value in zip(node.keys, node.values, strict=True) if key)
    elif isinstance(node, ast.Call):
        yield from _arguments(node)
    elif isinstance(node, ast.arguments):
        yield from _defaults(node)
    elif isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.Match):
        for case in node.cases:
            patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
            yield from ((_label(node.subject), one.value) for one in patterns if isinstance(one, ast.MatchValue))
    elif isinstance(node, ast.BoolOp):  # `x or "..."`
        name = _label(node.values[0])
        yield from ((name, value) for value in node.values[1:])
    elif isinstance(node, ast.IfExp):  # `x if x else "..."`
        yield from (
            (_label(one), other) for one, other in ((node.body, node.orelse), (node.orelse, node.body)) if _label(one)
        )


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for one, its in zip(target.elts, value.elts, strict=False):
            yield from _assigned(one, its)
    elif isinstance(value, ast.Tuple | ast.List | ast.Set):
        yield from ((_label(target), one) for one in value.elts)
    else:
        yield _label(target), value


def _arguments(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    yield from ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg)
    name = _callee(call)
    if name in WITH_DEFAULT and call.args:
        named = _text_of(call.args[0]) or _label(call.args[0])
        yield from ((named, value) for value in call.args[1:2])
        yield from ((named, keyword.value) for keyword in call.keywords if keyword.arg == "default")
    elif name == "putenv" and len(call.args) == 2:
        yield _text_of(call.args[0]), call.args[1]
    elif name == "compare_digest" and len(call.args) == 2:
        yield _label(call.args[0]), call.args[1]
        yield _label(call.args[1]), call.args[0]
    elif name in BY_PLACE:
        yield from ((what, call.args[place]) for place, what in BY_PLACE[name].items() if place < len(call.args))


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    plain = arguments.defaults
    yield from ((argument.arg, value) for argument, value in zip(positional[::-1], plain[::-1], strict=False))
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    yield from ((argument.arg, value) for argument, value in pairs if value)


def _compared(node: ast.Compare) -> Iterator[tuple[str, ast.expr]]:
    sides = [node.left, *node.comparators]
    for one, other in pairwise(sides):
        for name, value in ((_label(one), other), (_label(other), one)):
            if isinstance(value, ast.Tuple | ast.List | ast.Set):
                yield from ((name, each) for each in value.elts)
            else:
                yield name, value


def _label(node: ast.expr, depth: int = 0) -> str:
    """The name of what stands here: of a variable, an attribute, a member (`form["token"][0]`), a setting."""
    if depth > DEEPEST:
        return ""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.Subscript):
        return _text_of(node.slice) or _label(node.value, depth + 1)
    if isinstance(node, ast.Call):
        if _callee(node) in WITH_DEFAULT and node.args:
            return _text_of(node.args[0])
        if isinstance(node.func, ast.Attribute):
            return _label(node.func.value, depth + 1)
        return _label(node.args[0], depth + 1) if node.args else ""
    return ""


def _callee(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else _label(function)


def _text_of(node: ast.expr) -> str:
    return next((text for _line, text in _texts(node, {})), "")


def _texts(node: ast.expr, constants: dict[str, str], depth: int = 0) -> Iterator[tuple[int, str]]:
    """The texts that an expression may stand for, with their lines; what is not known of them is left out."""
    if depth > DEEPEST:
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node.value, bytes):
            yield node.lineno, node.value.decode("utf-8", "replace")
    elif isinstance(node, ast.Name) and node.id in constants:
        yield node.lineno, constants[node.id]
    elif isinstance(node, ast.JoinedStr):
        yield node.lineno, "".join(_parts(node, constants, depth))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        texts = [next(_texts(side, constants, depth + 1), (0, ""))[1] for side in (node.left, node.right)]
        if any(texts):
            yield node.lineno, "".join(texts)
    elif isinstance(node, ast.BinOp):  # "..." % x
        yield from _texts(node.left, constants, depth + 1)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _texts(value, constants, depth + 1)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, constants, depth + 1)
        yield from _texts(node.orelse, constants, depth + 1)
    elif isinstance(node, ast.NamedExpr | ast.Await):
        yield from _texts(node.value, constants, depth + 1)
    elif isinstance(node, ast.Call):
        yield from _called(node, constants, depth + 1)


def _parts(node: ast.JoinedStr, constants: dict[str, str], depth: int) -> Iterator[str]:
    for part in node.values:
        value = part.value if isinstance(part, ast.FormattedValue) else part
        yield next(_texts(value, constants, depth + 1), (0, ""))[1]


def _called(call: ast.Call, constants: dict[str, str], depth: int) -> Iterator[tuple[int, str]]:
    """The text that a call hands on: `"...".encode()`, `bytes("...", "utf-8")`, `"".join(["...", "..."])`."""
    name = _callee(call)
    if name == "join" and call.args and isinstance(call.args[0], ast.Tuple | ast.List):
        texts = [next(_texts(one, constants, depth), (0, ""))[1] for one in call.args[0].elts]
        yield call.lineno, "".join(texts)
    elif name in UNCHANGED:
        if isinstance(call.func, ast.Attribute):
            yield from _texts(call.func.value, constants, depth)
        if call.args:
            yield from _texts(call.args[0], constants, depth)
