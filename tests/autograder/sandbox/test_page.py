"""docs/sandbox.md names files that are there, and all files that it is about."""

import re
from pathlib import Path

HERE = Path(__file__).parents[3]
PAGE = HERE / "docs" / "sandbox.md"


def test_the_page_names_files_that_are_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text("utf-8"))
    assert len(links) > 10 and [link for link in links if not (PAGE.parent / link).is_file()] == []


def test_the_page_names_every_part_of_the_sandbox() -> None:
    text = PAGE.read_text("utf-8")
    folder = HERE / "autograder" / "sandbox"
    parts = [path for path in folder.rglob("*.py") if path.name not in ("__init__.py", "limits.py")]
    assert [path.name for path in parts if path.name not in text] == []
