"""YAML as GitHub reads it: version 1.2 (`on` is a word), with the line of everything, and bounded.

GitHub takes anchors and aliases, but no merge keys (`<<`), and no key twice.
"""

import math
import re
from typing import Any

import yaml

from localcloud.messages import _

MOST_BYTES = 128 * 1024
MOST_VALUES = 5_000  # with every alias counted as what it stands for
NULLS = {"", "~", "null", "Null", "NULL"}
TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
WHOLE = re.compile(r"[-+]?[0-9]+\Z")
OCTAL, HEXADECIMAL = re.compile(r"0o[0-7]+\Z"), re.compile(r"0x[0-9a-fA-F]+\Z")
REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")


class YamlError(ValueError):
    """The text is no YAML that GitHub takes."""

    def __init__(self, text: str, line: int = 1, column: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.line = line
        self.column = column


class Mapping(dict[str, Any]):
    """A mapping that knows its line, and the line of each key."""

    def __init__(self, line: int = 1) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Sequence(list[Any]):
    """A sequence that knows its line, and the line of each item."""

    def __init__(self, line: int = 1) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


def read_yaml(content: bytes) -> Any:
    """The value of the file's one document; YamlError."""
    if len(content) > MOST_BYTES:
        raise YamlError(_("The file is larger than {limit} KB.").format(limit=MOST_BYTES // 1024))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise YamlError(_("The file is not UTF-8."), line) from error
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _explained(error, text) from error
    except yaml.YAMLError as error:
        raise YamlError(" ".join(str(error).split())) from error
    except RecursionError:
        raise YamlError(_("The file is nested too deeply.")) from None
    return _Values().value(node) if node is not None else None


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # it has no types
    """Stops early: a long file would take seconds."""

    nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.nodes += 1
        if self.nodes > MOST_VALUES:
            raise YamlError(_("The file has too many values."), self.peek_event().start_mark.line + 1)
        found: yaml.Node | None = super().compose_node(parent, index)
        return found


def _explained(error: yaml.MarkedYAMLError, text: str) -> YamlError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    indent = here[: len(here) - len(here.lstrip())]
    if "\t" in indent or "'\\t'" in str(error.problem):
        return YamlError(_("A tab is in the way: YAML is indented with spaces only."), line, here.find("\t") + 1)
    return YamlError(str(error.problem or error.context), line, column)


class _Values:
    """Turns nodes into values."""

    def __init__(self) -> None:
        self._count = 0
        self._open: set[int] = set()

    def value(self, node: yaml.Node) -> Any:
        self._count += 1
        line = node.start_mark.line + 1
        if self._count > MOST_VALUES:
            raise YamlError(_("The file has too many values."), line)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self._open:
            raise YamlError(_("An alias stands within what it stands for."), line)
        self._open.add(id(node))
        try:
            return self._mapping(node) if isinstance(node, yaml.MappingNode) else self._sequence(node)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode) -> Mapping:
        found = Mapping(node.start_mark.line + 1)
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise YamlError(_("A key must be a text."), line)
            key = key_node.value
            if key == "<<":
                raise YamlError(_("GitHub does not take merge keys (<<)."), line)
            if key in found:
                raise YamlError(_("'{key}' is already defined.").format(key=key), line)
            found[key] = self.value(value_node)
            found.lines[key] = line
        return found

    def _sequence(self, node: yaml.Node) -> Sequence:
        found = Sequence(node.start_mark.line + 1)
        for item in node.value:
            found.append(self.value(item))
            found.lines.append(item.start_mark.line + 1)
        return found


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.style is not None:
        return text
    if text in NULLS:
        return None
    if text in TRUTHS:
        return TRUTHS[text]
    return _number(text)


def _number(text: str) -> Any:
    """The number that the text is, or the text."""
    if OCTAL.match(text) or HEXADECIMAL.match(text):
        return int(text, 0)
    if len(text) <= 300 and WHOLE.match(text):
        return int(text)
    if len(text) <= 300 and REAL.match(text):
        return float(text)
    if special := SPECIAL.match(text):
        return math.nan if special[3] else math.copysign(math.inf, -1.0 if special[1] == "-" else 1.0)
    return text
