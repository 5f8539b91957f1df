"""Writes the table of docs/terraform.md from the provider's tables: `python resources_page.py`, or `--check`."""

import sys
from pathlib import Path

PROJECT = Path(__file__).parents[3]
PAGE = PROJECT / "docs" / "terraform.md"
BEGIN, END = "<!-- resources: written by tests/localcloud/azurerm/resources_page.py -->", "<!-- end of resources -->"
sys.path.insert(0, str(PROJECT / "infra"))

from localcloud.azurerm.tables import RESOURCES  # noqa: E402


def table() -> str:
    rows = ["| resource | arguments | blocks | refused by name |", "|---|---|---|---|"]
    for name, resource in sorted(RESOURCES.items()):
        block = resource.block
        given = [one for one, attribute in block.attributes.items() if attribute.required or attribute.optional]
        blocks = [one for one in block.blocks if one != "timeouts"]
        rows.append(f"| `{name}` | {_listed(given)} | {_listed(blocks)} | {_listed(block.refused)} |")
    return "\n".join(rows)


def _listed(names: object) -> str:
    return " ".join(f"`{one}`" for one in sorted(names))  # type: ignore[call-overload]


def page() -> str:
    before, _begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _table, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PAGE.write_text(page(), "utf-8")
    elif PAGE.read_text("utf-8") != page():
        sys.exit(f"{PAGE} is old: run python {Path(__file__).relative_to(PROJECT)}")
