"""A cell's source made ready to run, as a notebook would run it: without magics, with `await` at top level."""

import ast
import inspect
import linecache
import re
from types import CodeType

_MAGIC_LINE = re.compile(r"^(\s*)(?:[%!].*|\?\S+|[\w.]+\?\??)\s*$")
_RUNS_THE_REST = ("%%time", "%%timeit", "%%capture")


def compiled(source: str, name: str) -> CodeType:
    """The code of a cell, whose lines tracebacks show under `name`; SyntaxError, ValueError."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        return _compile(source, name)
    except SyntaxError as error:
        without = without_magics(source)
        if without == source:
            raise
        try:
            return _compile(without, name)
        except SyntaxError:
            raise error from None


def is_asynchronous(code: CodeType) -> bool:
    """Whether running the code makes a coroutine, which must be awaited."""
    return bool(code.co_flags & inspect.CO_COROUTINE)


def without_magics(source: str) -> str:
    """The source with nothing in the place of each line that is meant for IPython alone; lines keep their numbers."""
    lines = source.split("\n")
    if lines[0].startswith("%%"):
        if not lines[0].startswith(_RUNS_THE_REST):
            return ""
        lines[0] = ""
    return "\n".join(_MAGIC_LINE.sub(r"\1pass", line) for line in lines)


def _compile(source: str, name: str) -> CodeType:
    code = compile(source, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    assert isinstance(code, CodeType)
    return code
