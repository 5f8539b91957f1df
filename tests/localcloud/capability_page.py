"""Pages "What ... covers": capabilities in sections, each with the test that proves it, written from `covers` marks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Capability:
    """What a test proves; `file` is the test's, from the project's folder."""

    section: str
    text: str
    test: str
    file: str


def written(head: str, sections: Iterable[str], known: Sequence[Capability], tail: str) -> str:
    """A page's text: `head`, a table for each section, `tail`."""
    parts = [head]
    for section in sections:
        rows = [one for one in known if one.section == section]
        lines = [f"| {one.text} | [`{one.test}`](../{one.file}) |" for one in rows]
        parts.append("\n".join([f"\n## {section}\n", "| capability | proved by |", "|---|---|", *lines]) + "\n")
    return "".join([*parts, tail])


def cell(text: str) -> str:
    """Text that stands in a table's cell as it is."""
    return text.strip().replace("|", "\\|").replace("<", "&lt;")
