"""What a command prints: JSON, tab-separated values, a table or nothing, after `--query`; and what ends it."""

import json
from typing import Any

NOT_IN_TABLES = ("id", "type", "etag", "revision")
FORMATS = ("json", "jsonc", "none", "table", "tsv")


class CommandError(Exception):
    """A command failed: the text goes to standard error after `ERROR: `; `code` is the exit code."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


def chosen(value: Any, query: str | None) -> Any:
    """What the JMESPath expression selects."""
    if not query:
        return value
    import jmespath  # type: ignore[import-untyped]  # it is slow to import, and few commands have a query

    try:
        return jmespath.search(query, value)
    except jmespath.exceptions.JMESPathError as error:
        raise CommandError(f"argument --query: invalid jmespath_type value: {query!r}", 2) from error


def text(value: Any, form: str) -> str:
    """The value in this format; empty when there is nothing to print."""
    if value is None or form == "none":
        return ""
    if form == "tsv":
        return _tsv(value)
    if form == "table":
        return _table(value)
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _tsv(value: Any) -> str:
    rows = value if isinstance(value, list) else [value]
    return "".join("\t".join(map(_cell, _columns(row))) + "\n" for row in rows)


def _columns(row: Any) -> list[Any]:
    if isinstance(row, dict):
        return list(row.values())
    return row if isinstance(row, list) else [row]


def _cell(value: Any) -> str:
    """Of what has parts only their number, as azure-cli prints it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(len(value)) if isinstance(value, list | dict) else str(value)


def _table(value: Any) -> str:
    rows = [_flat(row) for row in (value if isinstance(value, list) else [value])]
    heads = list(dict.fromkeys(name for row in rows for name in row))
    if not heads:
        return ""
    lines = [heads, *([row.get(name, "") for name in heads] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    lines.insert(1, ["-" * width for width in widths])
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines
    )


def _flat(row: Any) -> dict[str, str]:
    if isinstance(row, dict):
        plain = {
            name: one
            for name, one in row.items()
            if name not in NOT_IN_TABLES and not isinstance(one, list | dict) and one is not None
        }
        return {name[:1].upper() + name[1:]: str(one) for name, one in plain.items()}
    if isinstance(row, list):
        return {f"Column{number}": str(one) for number, one in enumerate(row, 1)}
    return {"Result": str(row)}
